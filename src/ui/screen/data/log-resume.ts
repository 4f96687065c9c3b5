/** Remembers how far a log was read, so that reading on shows no line twice and leaves none out. Pure. */
import type { LogLine } from '../../../engine/index.ts';

export interface LogResume {
  /** The newest time that was read: reading on begins with the lines of that time. Undefined when none was read. */
  readonly since: string | undefined;
  /** A reading begins. */
  begin(): void;
  /** What of these lines was not read before. */
  fresh(lines: readonly LogLine[]): LogLine[];
}

interface Known extends Pick<LogLine, 'time' | 'stream'> {
  sizeBytes: number;
}

export function createLogResume(): LogResume {
  let since = '';
  /** Read lines of the newest time. */
  let known: Known[] = [];
  /** Those of earlier readings, until they come again. */
  let expected: Known[] = [];

  /** What came behind a line without its end, as one line with it, is shown by itself. */
  const withoutKnown = (line: LogLine): LogLine[] => {
    if (expected.length === 0) return [line];
    const at = expected.findIndex(({ time, stream }) => time === line.time && stream === line.stream);
    if (at < 0) return [line];
    const [{ sizeBytes }] = expected.splice(at, 1) as [Known];
    return line.data.length > sizeBytes ? [{ ...line, data: line.data.subarray(sizeBytes) }] : [];
  };

  return {
    get since() {
      return since === '' ? undefined : since;
    },
    begin() {
      expected = [...expected, ...known].filter(({ time }) => time >= since);
      known = [];
    },
    fresh(lines) {
      // A line without its end may be older than what the other stream has written since.
      for (const { time } of lines) if (time > since) since = time;
      const newest = lines.filter(({ time }) => time >= since);
      known = [
        ...known.filter(({ time }) => time >= since),
        ...newest.map(({ time, stream, data }) => ({ time, stream, sizeBytes: data.length })),
      ];
      return lines.flatMap(withoutKnown);
    },
  };
}
