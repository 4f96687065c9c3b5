/** boxtop system check: prove the store, and repair what can be. */
import { type CheckProblem, type CheckReport, finish, type Progress } from '../../../engine/index.ts';
import { jsonText, printable } from '../../format/printable.ts';
import { humanSize } from '../../format/units.ts';
import { bool, NONE, text } from '../flags.ts';
import type { CliIo } from '../io.ts';
import { PlainError } from '../plain-error.ts';
import type { Command } from '../verb.ts';

/** A line of progress on a terminal is written so often at most. */
const PROGRESS_MS = 100;

export const command: Command = {
  usage: '[OPTIONS]',
  summary: `Check the store for damage

Every archive is read and compared with its digest; images, containers and volumes must have what their records
name; what no record names is found. Nothing is changed without --repair, and the store can be in use.
Ends with 1 when something is wrong, and was not repaired.`,
  flags: [
    text('format', 'Print as "json"'),
    bool('quick', "Don't read the archives"),
    bool('repair', 'Put right what can be without losing anything of use'),
  ],
  arity: NONE,
  async run({ flags }, engine, io) {
    const format = flags.string('format') ?? '';
    if (format !== '' && format !== 'json')
      throw new PlainError(`unknown format "${format}": it can be json`, 64);
    const options = { repair: flags.bool('repair'), quick: flags.bool('quick'), signal: io.signal };
    const progress = progressLine(io);
    const report = await finish(engine().system.check(options), progress.show).finally(progress.clear);
    await io.stdout.write(format === 'json' ? `${jsonText(report)}\n` : reportText(report, options.quick));
    return report.Problems.some(({ Repair }) => Repair !== 'done') ? 1 : 0;
  },
};

/** On a terminal one line, which is taken away in the end; on the screen bars. */
function progressLine({ stderr, onProgress }: CliIo): { show(progress: Progress): void; clear(): void } {
  if (onProgress !== undefined) return { show: onProgress, clear: () => undefined };
  if (!stderr.isTty) return { show: () => undefined, clear: () => undefined };
  let shownMs = 0;
  return {
    show({ status, current, total }) {
      if (current !== undefined && Date.now() - shownMs < PROGRESS_MS) return;
      shownMs = Date.now();
      const amount = current === undefined ? '' : ` ${humanSize(current, 3)}/${humanSize(total ?? 0, 3)}`;
      void stderr.write(`\r\x1b[K${printable(status)}${amount}`);
    },
    clear: () => void stderr.write('\r\x1b[K'),
  };
}

/** A paragraph a problem, then what it amounts to. */
export function reportText(report: CheckReport, isQuick: boolean): string {
  const { Images, Containers, Volumes, Layers, Blobs, BlobBytes, Problems } = report;
  const many = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;
  const seen = [
    many(Images, 'image'),
    many(Containers, 'container'),
    many(Volumes, 'volume'),
    many(Layers, 'layer'),
  ];
  const blobs = `${many(Blobs, 'blob')} (${humanSize(BlobBytes)}${isQuick ? ', not read' : ''})`;
  const lines = Problems.map(problemText);
  const count = (repair: CheckProblem['Repair']) => Problems.filter(({ Repair }) => Repair === repair).length;
  lines.push(`Checked ${seen.join(', ')}, ${blobs}: ${verdict(Problems.length)}.`);
  if (count('done') > 0) lines.push(`Repaired: ${count('done')}.`);
  if (count('possible') > 0)
    lines.push(`${count('possible')} can be repaired with: boxtop system check --repair`);
  return `${lines.join('\n')}\n`;
}

const verdict = (count: number): string =>
  count === 0 ? 'everything is as it should be' : count === 1 ? '1 problem' : `${count} problems`;

function problemText({ Object: what, Message, Hint, Repair }: CheckProblem): string {
  const advice = Repair === 'done' ? 'repaired' : Hint;
  return `${printable(what)}: ${printable(Message)}\n  ${printable(advice)}\n`;
}
