/** Credentials as Docker's client keeps them: config.json `auths`, credential helpers. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { runCommand } from '../command.ts';
import { callerEnvironment } from '../config.ts';
import { EngineError, messageOf } from '../errors.ts';
import { isObject, type JsonObject } from '../oci/descriptor.ts';

export interface Credentials {
  username: string;
  password: string;
  /** a refresh token of the token server, in place of a password */
  identityToken?: string;
}

/** Docker's name for the Hub in config.json. */
const HUB_KEY = 'https://index.docker.io/v1/';
const HUB_NAMES = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);
/** What a helper says when it has nothing (docker-credential-helpers). */
const HELPER_NOT_FOUND = 'credentials not found in native keychain';
const HELPER_TIMEOUT_MS = 30_000;
const HELPER_NAME = /^[A-Za-z0-9_.-]+$/;
const TOKEN_USER = '<token>';

const credentialKey = (host: string): string => (HUB_NAMES.has(host) ? HUB_KEY : host);

/** The credentials for a registry host, undefined when there are none. Throws INVALID_ARGUMENT when the file is malformed. */
export async function findCredentials(
  configFile: string,
  host: string,
  signal?: AbortSignal,
): Promise<Credentials | undefined> {
  const config = readConfig(configFile);
  const key = credentialKey(host);
  const helper = helperFor(config, key);
  if (helper !== undefined) return fromHelper(helper, key, signal);
  const auths = isObject(config['auths']) ? config['auths'] : {};
  const entry = auths[key] ?? Object.entries(auths).find(([name]) => hostOf(name) === hostOf(key))?.[1];
  return isObject(entry) ? decode(entry) : undefined;
}

/** 'https://host:5000/v1/' and 'host:5000' are the same registry. */
const hostOf = (key: string) => key.replace(/^https?:\/\//, '').split('/', 1)[0]!;

function decode(entry: JsonObject): Credentials | undefined {
  const token = entry['identitytoken'];
  const identityToken = typeof token === 'string' && token !== '' ? token : undefined;
  if (typeof entry['auth'] === 'string' && entry['auth'] !== '') {
    const text = Buffer.from(entry['auth'], 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon === -1) return undefined;
    return {
      username: text.slice(0, colon),
      password: text.slice(colon + 1),
      ...(identityToken && { identityToken }),
    };
  }
  const { username, password } = entry;
  if (typeof username === 'string' && typeof password === 'string') return { username, password };
  return identityToken === undefined ? undefined : { username: '', password: '', identityToken };
}

/** Keeps credentials in the helper when there is one, else in the file (mode 0600). */
export async function storeCredentials(
  configFile: string,
  host: string,
  credentials: Credentials,
): Promise<void> {
  const config = readConfig(configFile);
  const key = credentialKey(host);
  const helper = helperFor(config, key);
  if (helper !== undefined) {
    const input = JSON.stringify({
      ServerURL: key,
      Username: credentials.username,
      Secret: credentials.password,
    });
    await runHelper(helper, 'store', input);
    return;
  }
  const auth = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
  const auths = isObject(config['auths']) ? config['auths'] : {};
  writeConfig(configFile, { ...config, auths: { ...auths, [key]: { auth } } });
}

/** False when there was nothing to remove. */
export async function eraseCredentials(configFile: string, host: string): Promise<boolean> {
  const config = readConfig(configFile);
  const key = credentialKey(host);
  const helper = helperFor(config, key);
  if (helper !== undefined) {
    if ((await fromHelper(helper, key)) === undefined) return false;
    await runHelper(helper, 'erase', key);
    return true;
  }
  const auths = isObject(config['auths']) ? { ...config['auths'] } : {};
  const names = Object.keys(auths).filter((name) => hostOf(name) === hostOf(key));
  for (const name of names) delete auths[name];
  if (names.length > 0) writeConfig(configFile, { ...config, auths });
  return names.length > 0;
}

function readConfig(file: string): JsonObject {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new EngineError('PERMISSION_DENIED', `${file}: ${messageOf(error)}`, { cause: error });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // the parser's message would quote the file, which holds secrets
  }
  throw new EngineError('INVALID_ARGUMENT', `${file} is no JSON object`, {
    hint: 'repair or remove the file',
  });
}

function writeConfig(file: string, config: JsonObject): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}`;
  rmSync(aside, { force: true }); // of a process that was killed
  // 'wx': never through a link or into a file that others may read
  const options = { mode: 0o600, flag: 'wx', flush: true };
  writeFileSync(aside, `${JSON.stringify(config, undefined, '\t')}\n`, options);
  renameSync(aside, file);
}

function helperFor(config: JsonObject, key: string): string | undefined {
  const helpers = config['credHelpers'];
  const name = (isObject(helpers) && (helpers[key] ?? helpers[hostOf(key)])) || config['credsStore'];
  if (typeof name !== 'string' || name === '') return undefined;
  if (!HELPER_NAME.test(name))
    throw new EngineError('INVALID_ARGUMENT', `invalid credential helper name ${JSON.stringify(name)}`);
  return `docker-credential-${name}`;
}

async function fromHelper(
  helper: string,
  key: string,
  signal?: AbortSignal,
): Promise<Credentials | undefined> {
  const { exitCode, stdout } = await runCommand(helper, ['get'], {
    env: callerEnvironment(),
    input: key,
    signal,
    timeoutMs: HELPER_TIMEOUT_MS,
    allowFailure: true,
  });
  if (exitCode !== 0 && stdout.includes(HELPER_NOT_FOUND)) return undefined;
  try {
    const value: unknown = JSON.parse(stdout);
    if (exitCode === 0 && isObject(value)) {
      const username = String(value['Username'] ?? '');
      const secret = String(value['Secret'] ?? '');
      return username === TOKEN_USER
        ? { username: '', password: '', identityToken: secret }
        : { username, password: secret };
    }
  } catch {
    // falls through: the output may hold the secret and is not quoted
  }
  throw new EngineError(
    'UNAUTHENTICATED',
    `error getting credentials - ${helper} failed (exit status ${exitCode})`,
    {
      hint: `try it by hand: echo ${key} | ${helper} get`,
    },
  );
}

async function runHelper(helper: string, verb: 'store' | 'erase', input: string): Promise<void> {
  const { exitCode } = await runCommand(helper, [verb], {
    env: callerEnvironment(),
    input,
    timeoutMs: HELPER_TIMEOUT_MS,
    allowFailure: true,
  });
  if (exitCode === 0) return;
  throw new EngineError(
    'INTERNAL',
    `error saving credentials - ${helper} ${verb} failed (exit status ${exitCode})`,
  );
}
