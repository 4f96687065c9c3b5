/** What `--log-driver` and `--log-opt` mean: Docker's checks and words, and how large a log may become. Pure. */
import { EngineError } from '../../errors.ts';

type LogConfig = { Type: string; Config: Readonly<Record<string, string>> };

/** A log is at most `maxFiles` files, each rotated once it is larger than `maxSizeBytes`. */
export interface LogLimits {
  maxSizeBytes: number;
  maxFiles: number;
}

/** Docker bounds no json-file by itself, and disks fill up by that; these are about its `local` driver's. */
const DEFAULT_SIZE_BYTES = 20_000_000;
const DEFAULT_FILES = 3;
/** Docker's default for json-file with a size and for local (daemon/logger/jsonfilelog, daemon/logger/local). */
const FILES_WITH_SIZE = 1;
const LOCAL_FILES = 5;

/** By Docker's daemon/logger/*: what the drivers that write files know. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  'json-file': ['max-file', 'max-size', 'compress', 'labels', 'labels-regex', 'env', 'env-regex', 'tag'],
  local: ['max-file', 'max-size', 'compress'],
  none: [],
};
const FOREIGN = [
  'awslogs',
  'etwlogs',
  'fluentd',
  'gcplogs',
  'gelf',
  'journald',
  'logentries',
  'splunk',
  'syslog',
];

const invalid = (message: string, hint?: string) =>
  new EngineError('INVALID_ARGUMENT', message, { hint, exitCode: 125 });
const unimplemented = (what: string, hint: string) =>
  new EngineError('UNIMPLEMENTED', `${what} is not implemented yet`, { hint, exitCode: 125 });
const uninitialized = (why: string) => invalid(`failed to initialize logging driver: ${why}`);

/** Throws INVALID_ARGUMENT in Docker's words, UNIMPLEMENTED for what Docker has and boxtop has not. */
export function checkLogConfig({ Type, Config }: LogConfig): void {
  const driver = Type || 'json-file';
  if (FOREIGN.includes(driver))
    throw unimplemented(`logging driver ${driver}`, 'use json-file (the default), local or none');
  const known = OPTIONS[driver];
  if (known === undefined)
    throw invalid(`error looking up logging plugin ${driver}: plugin "${driver}" not found`);
  checkMode(Config);
  for (const option of Object.keys(Config)) {
    if (known.includes(option) || option === 'mode') continue;
    const where = driver === 'json-file' ? 'json-file log driver' : `log driver ${driver}`;
    throw invalid(`unknown log opt '${option}' for ${where}`);
  }
  if (driver !== 'none') checkValues(driver, Config);
}

function checkMode({ mode = '', 'max-buffer-size': buffer }: LogConfig['Config']): void {
  if (!['', 'blocking', 'non-blocking'].includes(mode))
    throw invalid(`logger: logging mode not supported: ${mode}`);
  if (buffer !== undefined && mode !== 'non-blocking')
    throw invalid("logger: max-buffer-size option is only supported with 'mode=non-blocking'");
  if (mode === 'non-blocking') throw unimplemented('log option mode=non-blocking', 'leave it away');
}

function checkValues(driver: string, config: LogConfig['Config']): void {
  const { maxFiles } = limitsOf(driver, config);
  const { compress, tag, 'max-size': size } = config;
  if (compress !== undefined && readBool(driver, compress)) {
    if (driver === 'local' && maxFiles < 2)
      throw uninitialized('compression cannot be enabled when max file count is 1');
    if (driver === 'json-file' && (maxFiles < 2 || size === undefined)) {
      throw uninitialized('compress cannot be true when max-file is less than 2 or max-size is not set');
    }
    throw unimplemented('log option compress', 'leave it away: rotated logs are not compressed');
  }
  if (tag) throw unimplemented('log option tag', 'use labels or env: their values come with --details');
  for (const name of ['labels-regex', 'env-regex']) {
    const pattern = config[name];
    if (pattern) attributePattern(pattern);
  }
}

/** How large the log of a container with this configuration may become; undefined when it keeps none. */
export function logLimits(config: LogConfig | undefined): LogLimits | undefined {
  return config?.Type === 'none' ? undefined : limitsOf(config?.Type || 'json-file', config?.Config ?? {});
}

function limitsOf(driver: string, { 'max-size': size, 'max-file': files }: LogConfig['Config']): LogLimits {
  const maxSizeBytes = size === undefined ? DEFAULT_SIZE_BYTES : readSize(driver, size);
  if (files !== undefined) return { maxSizeBytes, maxFiles: readFiles(driver, files) };
  if (driver === 'local') return { maxSizeBytes, maxFiles: LOCAL_FILES };
  return { maxSizeBytes, maxFiles: size === undefined ? DEFAULT_FILES : FILES_WITH_SIZE };
}

/** go-units FromHumanSize: decimal multiples, also when written as KiB. */
function readSize(driver: string, text: string): number {
  const match = /^(\d+(?:\.\d+)*) ?([kmgtp])?i?b?$/i.exec(text);
  const amount = Number(match?.[1]);
  if (match === null || Number.isNaN(amount)) {
    const why = `invalid size: '${text}'`;
    throw uninitialized(driver === 'local' ? `invalid value for max-size: ${text}: ${why}` : why);
  }
  const bytes = Math.trunc(amount * 1000 ** ('kmgtp'.indexOf((match[2] ?? '').toLowerCase() || '-') + 1));
  if (bytes <= 0) throw uninitialized('max-size must be a positive number');
  return bytes;
}

function readFiles(driver: string, text: string): number {
  const files = Number(text);
  const isNumber = /^[+-]?\d+$/.test(text);
  if (!isNumber || !Number.isSafeInteger(files)) {
    const why = `strconv.Atoi: parsing ${JSON.stringify(text)}: ${isNumber ? 'value out of range' : 'invalid syntax'}`;
    throw uninitialized(driver === 'local' ? `invalid value for max-file: ${text}: ${why}` : why);
  }
  if (files >= 1) return files;
  throw uninitialized(
    driver === 'local' ? 'max file count cannot be less than 0' : 'max-file cannot be less than 1',
  );
}

/** strconv.ParseBool */
function readBool(driver: string, text: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  const why = `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw uninitialized(driver === 'local' ? `error reading compress log option: ${why}` : why);
}

/** The expression of labels-regex and env-regex. Throws INVALID_ARGUMENT. */
export function attributePattern(source: string): RegExp {
  try {
    return new RegExp(source);
  } catch {
    throw uninitialized(`error parsing regexp: ${source}`);
  }
}
