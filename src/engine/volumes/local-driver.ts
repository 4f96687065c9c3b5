/** The local driver's options: what `volume create -o` may say, and the mount it stands for. */
import { statSync } from 'node:fs';
import { EngineError } from '../errors.ts';

const KNOWN = ['type', 'o', 'device', 'size'];

/** Throws INVALID_ARGUMENT in Docker's words (volume/local). */
export function checkDriverOptions(name: string, options: Record<string, string>): void {
  const unknown = Object.keys(options).find((key) => !KNOWN.includes(key));
  if (unknown !== undefined) {
    throw new EngineError('INVALID_ARGUMENT', `create ${name}: invalid option: "${unknown}"`, {
      hint: `options are: ${KNOWN.join(', ')}`,
    });
  }
  if (options['size'] !== undefined) {
    throw new EngineError('UNIMPLEMENTED', `create ${name}: quota size requested but no quota support`, {
      hint: 'limit a tmpfs volume with: -o type=tmpfs -o device=tmpfs -o o=size=100m',
    });
  }
  for (const key of ['type', 'device']) {
    if (options[key]) continue;
    throw new EngineError('INVALID_ARGUMENT', `create ${name}: missing required option: "${key}"`, {
      hint: 'give type, device and, when needed, o',
    });
  }
  for (const value of Object.values(options)) refuseOptionLike(name, value);
}

/** Nothing given by a user may read as an option of mount(8). */
function refuseOptionLike(name: string, value: string): void {
  if (!value.startsWith('-') && !value.includes('\0')) return;
  throw new EngineError('INVALID_ARGUMENT', `create ${name}: invalid option value: "${value}"`, {
    hint: 'a value may not begin with -',
  });
}

/** Arguments of mount(8), without its helper programs as Docker does it (`-i`: `device=:/path` with `o=addr=…` is the kernel's form), for a volume with options. Throws INVALID_ARGUMENT when a bind's source is missing. */
export function mountArguments(name: string, options: Record<string, string>, target: string): string[] {
  const { type = '', o = '', device = '' } = options;
  const words = o.split(',').filter((word) => word !== '');
  const isBind = type === 'none' || type === 'bind' || words.includes('bind') || words.includes('rbind');
  if (isBind && !isDirectory(device)) {
    throw new EngineError(
      'INVALID_ARGUMENT',
      `failed to mount local volume: mount ${device}:${target}, flags: 0x1000: no such file or directory`,
      {
        hint: `make the directory ${device}, or remove the volume ${name}`,
      },
    );
  }
  if (isBind && !words.includes('bind') && !words.includes('rbind')) words.push('bind');
  const kind = isBind ? [] : ['-t', type];
  return ['-i', ...kind, ...(words.length > 0 ? ['-o', words.join(',')] : []), '--', device, target];
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** 'addr=server' with the server's address in place of its name: the kernel resolves none. Throws INVALID_ARGUMENT. */
export async function withAddress(
  options: Record<string, string>,
  lookup: (name: string) => Promise<string>,
): Promise<Record<string, string>> {
  const words = (options['o'] ?? '').split(',');
  const resolved = await Promise.all(
    words.map(async (word) =>
      word.startsWith('addr=') ? `addr=${await addressOf(word.slice(5), lookup)}` : word,
    ),
  );
  return { ...options, o: resolved.join(',') };
}

async function addressOf(name: string, lookup: (name: string) => Promise<string>): Promise<string> {
  if (/^[0-9.]+$/.test(name) || name.includes(':')) return name;
  try {
    return await lookup(name);
  } catch (cause) {
    throw new EngineError('INVALID_ARGUMENT', `error resolving passed in network volume address: ${name}`, {
      cause,
      hint: 'check the name in o=addr=, or give an address',
    });
  }
}
