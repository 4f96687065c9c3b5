/** `--log-driver` and `--log-opt`: Docker 20.10's words, seen at a real one. */
import { describe, expect, it } from 'vitest';
import { checkLogConfig, logLimits } from '../../../src/engine/containers/logs/log-limits.ts';

const check = (Type: string, Config: Record<string, string> = {}) => checkLogConfig({ Type, Config });
const limits = (Type: string, Config: Record<string, string> = {}) => logLimits({ Type, Config });
const FAILED = 'failed to initialize logging driver: ';

describe('options of the logging driver', () => {
  it.each([
    ['json-file', { foo: '1' }, "unknown log opt 'foo' for json-file log driver"],
    ['local', { labels: 'x' }, "unknown log opt 'labels' for log driver local"],
    ['none', { 'max-size': '1m' }, "unknown log opt 'max-size' for log driver none"],
    ['json-file', { 'max-size': 'abc' }, `${FAILED}invalid size: 'abc'`],
    ['json-file', { 'max-size': '' }, `${FAILED}invalid size: ''`],
    ['json-file', { 'max-size': '-1' }, `${FAILED}invalid size: '-1'`],
    ['json-file', { 'max-size': '0' }, `${FAILED}max-size must be a positive number`],
    ['local', { 'max-size': 'x' }, `${FAILED}invalid value for max-size: x: invalid size: 'x'`],
    ['json-file', { 'max-file': '0' }, `${FAILED}max-file cannot be less than 1`],
    ['json-file', { 'max-file': 'x' }, `${FAILED}strconv.Atoi: parsing "x": invalid syntax`],
    [
      'json-file',
      { 'max-file': '9'.repeat(20) },
      `${FAILED}strconv.Atoi: parsing "${'9'.repeat(20)}": value out of range`,
    ],
    ['local', { 'max-file': '-1' }, `${FAILED}max file count cannot be less than 0`],
    ['json-file', { compress: 'x' }, `${FAILED}strconv.ParseBool: parsing "x": invalid syntax`],
    [
      'json-file',
      { compress: 'true' },
      `${FAILED}compress cannot be true when max-file is less than 2 or max-size is not set`,
    ],
    ['json-file', { mode: 'x' }, 'logger: logging mode not supported: x'],
    [
      'json-file',
      { 'max-buffer-size': '4m' },
      "logger: max-buffer-size option is only supported with 'mode=non-blocking'",
    ],
    ['foo', {}, 'error looking up logging plugin foo: plugin "foo" not found'],
  ])("%s %j is refused in Docker's words", (driver, config, message) => {
    expect(() => check(driver, config as unknown as Record<string, string>)).toThrow(message);
  });

  it.each([
    ['syslog', {}, 'logging driver syslog is not implemented'],
    [
      'json-file',
      { compress: 'true', 'max-size': '1m', 'max-file': '2' },
      'log option compress is not implemented',
    ],
    ['json-file', { tag: '{{.ID}}' }, 'log option tag is not implemented'],
    ['json-file', { mode: 'non-blocking' }, 'log option mode=non-blocking is not implemented'],
  ])('%s %j is refused by its name', (driver, config, message) => {
    expect(() => check(driver, config as unknown as Record<string, string>)).toThrow(message);
  });

  it('are accepted otherwise', () => {
    check('');
    check('none');
    check('local', { 'max-size': '10k', 'max-file': '2', compress: 'false' });
    check('json-file', { labels: 'a', 'labels-regex': '^b', env: 'C', 'env-regex': 'D$', mode: 'blocking' });
  });
});

describe('limits of a log', () => {
  it('are three files of 20 MB unless something is said', () => {
    expect(limits('json-file')).toEqual({ maxSizeBytes: 20_000_000, maxFiles: 3 });
    expect(logLimits(undefined)).toEqual({ maxSizeBytes: 20_000_000, maxFiles: 3 });
    expect(limits('json-file', { 'max-file': '7' })).toEqual({ maxSizeBytes: 20_000_000, maxFiles: 7 });
  });

  it("are Docker's for a size alone, and for local", () => {
    expect(limits('json-file', { 'max-size': '10m' })).toEqual({ maxSizeBytes: 10_000_000, maxFiles: 1 });
    expect(limits('local')).toEqual({ maxSizeBytes: 20_000_000, maxFiles: 5 });
  });

  it('count in thousands, as go-units does', () => {
    const size = (text: string) => limits('json-file', { 'max-size': text })!.maxSizeBytes;
    expect(['10', '1k', '1.5KB', '2 MiB', '1g'].map(size)).toEqual([
      10, 1000, 1500, 2_000_000, 1_000_000_000,
    ]);
  });

  it('are none where nothing is kept', () => {
    expect(limits('none')).toBeUndefined();
  });
});
