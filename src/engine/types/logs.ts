/** What `logs` takes and gives. */

export interface LogOptions {
  follow?: boolean;
  /** last n lines; all when absent */
  tail?: number;
  /** RFC 3339, seconds since 1970 with fraction, or a duration back from now ('10m') */
  since?: string;
  until?: string;
  stdout?: boolean;
  stderr?: boolean;
  signal?: AbortSignal;
}

export interface RawLogOptions extends LogOptions {
  /** 'TIME ' before each line, as `docker logs -t` */
  timestamps?: boolean;
  /** the labels and variables that `--log-opt labels=…, env=…` named, before each line */
  details?: boolean;
}

/** A logical line; `data` without the line's end, cut at 1 MiB. */
export interface LogLine {
  /** RFC 3339 with nanoseconds, UTC */
  time: string;
  stream: 'stdout' | 'stderr';
  data: Buffer;
  /** false: the process wrote no newline (yet) */
  isComplete: boolean;
}
