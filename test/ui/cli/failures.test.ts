import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/index.ts';
import { LayerError } from '../../../src/layerfs/errors.ts';
import { UsageError } from '../../../src/ui/cli/flags.ts';
import { PlainError } from '../../../src/ui/cli/plain-error.ts';
import { progressText } from '../../../src/ui/cli/progress-lines.ts';
import { clientText, describeFailure, missingText, startFailure } from '../../../src/ui/cli/report.ts';

const missing = new EngineError('NOT_FOUND', 'No such container: x', { hint: 'list them' });

describe('failures', () => {
  it('are answers of the daemon, with the hint on its own line', () => {
    expect(describeFailure(missing, 'stop', false)).toEqual({
      text: 'Error response from daemon: No such container: x\nHint: list them',
      exitCode: 1,
    });
    expect(clientText(missing)).toBe('Error: No such container: x\nHint: list them');
    expect(missingText('volume')(missing, 'v')).toBe('Error: No such volume: v\nHint: list them');
  });

  it('of run carry its name, a pointer to the help and status 125', () => {
    const error = new EngineError('INVALID_ARGUMENT', 'bad.');
    expect(describeFailure(error, 'run', true)).toEqual({
      text: "boxtop: Error response from daemon: bad.\nSee 'boxtop run --help'.",
      exitCode: 125,
    });
  });

  it('of layers are answers too, and of run everything has status 125 that has none of its own', () => {
    const full = new LayerError('RESOURCE_EXHAUSTED', 'no space left on device', { hint: 'make room' });
    expect(describeFailure(full, 'pull', false)).toEqual({
      text: 'Error response from daemon: no space left on device\nHint: make room',
      exitCode: 1,
    });
    expect(describeFailure(full, 'run', true).exitCode).toBe(125);
    const system = Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' });
    expect(describeFailure(system, 'run', true)).toEqual({ text: 'ENOSPC: no space', exitCode: 125 });
    expect(describeFailure(system, 'ps', false).exitCode).toBe(1);
  });

  it('to start a program have status 126 or 127 and no pointer to the help', () => {
    const error = startFailure(
      new EngineError('INVALID_ARGUMENT', 'exec: "x": not found', { exitCode: 127 }),
    );
    expect(describeFailure(error, 'run', true)).toEqual({
      text: 'boxtop: Error response from daemon: exec: "x": not found.',
      exitCode: 127,
    });
  });

  it('of flags point to the help of the verb as it was spelled', () => {
    expect(describeFailure(new UsageError('unknown flag: --x', 125), 'container ls', false)).toEqual({
      text: "unknown flag: --x\nSee 'boxtop container ls --help'.",
      exitCode: 125,
    });
  });

  it('that nobody needs to hear of are quiet', () => {
    expect(
      describeFailure(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }), 'logs', false),
    ).toEqual({ exitCode: 141 });
    expect(describeFailure(new EngineError('CANCELED', 'canceled'), 'pull', false)).toEqual({
      exitCode: 130,
    });
  });

  it('of the command line itself are printed as they are', () => {
    expect(describeFailure(new PlainError('the input device is not a TTY'), 'run', true)).toEqual({
      text: 'the input device is not a TTY',
      exitCode: 1,
    });
  });
});

describe('bars', () => {
  it('show bytes, and a bar when there is room', () => {
    const progress = { id: 'a', status: 'Downloading', current: 5_000_000, total: 10_000_000 };
    expect(progressText(progress, 80)).toBe('Downloading      5MB/10MB');
    expect(progressText(progress, 120)).toBe(
      `Downloading [${'='.repeat(25)}>${' '.repeat(25)}]      5MB/10MB`,
    );
    expect(progressText({ id: 'a', status: 'Pull complete' }, 120)).toBe('Pull complete');
  });
});
