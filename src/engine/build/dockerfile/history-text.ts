/** What `history` says of an instruction: BuildKit's words, with variables put in (the lists and structs are as Go prints them). Pure. */
import type { ImageRunConfig } from '../../types/config.ts';
import type { Healthcheck } from './health.ts';
import { exposedPorts, type MetadataInstruction } from './metadata.ts';
import { quoted } from './quoted.ts';
import { expandWord, type WordContext } from './words.ts';

/** `config` is what the instruction made; undefined = it leaves no line (ONBUILD). */
export function historyText(
  instruction: MetadataInstruction,
  config: ImageRunConfig,
  words: WordContext,
): string | undefined {
  const { kind } = instruction;
  const name = kind.toUpperCase();
  switch (kind) {
    case 'env':
    case 'label': {
      const pairs = instruction.pairs.map((pair) =>
        [pair.name, pair.value].map((text) => expandWord(text, words)),
      );
      return `${name} ${pairs.map((pair) => pair.join('=')).join(' ')}`;
    }
    case 'cmd':
      return `CMD ${quotedList(config.Cmd)}`;
    case 'entrypoint':
      return `ENTRYPOINT ${quotedList(config.Entrypoint)}`;
    case 'shell':
      return `SHELL [${instruction.args.join(' ')}]`;
    case 'expose':
      return `EXPOSE map[${Object.keys(exposedPorts(instruction, words))
        .sort()
        .map((port) => `${port}:{}`)
        .join(' ')}]`;
    case 'volume':
      return `VOLUME [${instruction.values.map((text) => expandWord(text, words)).join(' ')}]`;
    case 'workdir':
      return `WORKDIR ${config.WorkingDir}`;
    case 'user':
      return `USER ${config.User}`;
    case 'stopsignal':
      return `STOPSIGNAL ${config.StopSignal}`;
    case 'healthcheck':
      return `HEALTHCHECK ${healthText(instruction.health)}`;
    case 'onbuild':
      return undefined;
  }
}

const quotedList = (items: readonly string[] | null | undefined): string =>
  `[${(items ?? []).map(quoted).join(' ')}]`;

/** A pointer to a struct under %q: the number of retries comes out as the character of that number. */
function healthText({ Test, Interval = 0, Timeout = 0, StartPeriod = 0, Retries = 0 }: Healthcheck): string {
  const times = [Interval, Timeout, StartPeriod].map((ns) => `"${durationText(ns)}"`).join(' ');
  return `&{${quotedList(Test)} ${times} ${quotedCharacter(Retries)}}`;
}

/** A character in quotes as Go writes it; no character has one of the numbers of surrogates, nor one past the last. */
function quotedCharacter(code: number): string {
  const text = code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code).toWellFormed();
  if (text === "'") return "'\\''";
  return text === '"' ? `'"'` : `'${quoted(text).slice(1, -1)}'`;
}

/** '1m30s', '500ms', '0s', as Go prints a duration. */
function durationText(ns: number): string {
  if (ns === 0) return '0s';
  if (ns < 1e9) {
    const [unit, size] = ns < 1e3 ? ['ns', 1] : ns < 1e6 ? ['µs', 1e3] : ['ms', 1e6];
    return `${ns / Number(size)}${unit}`;
  }
  const hours = Math.floor(ns / 3600e9);
  const minutes = Math.floor((ns % 3600e9) / 60e9);
  const head = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : '';
  return `${head}${(ns % 60e9) / 1e9}s`;
}
