/** What a command may use of the world: a shell's streams, or the screen's job tray and panes. One command, two places. */
import type { Readable } from 'node:stream';
import type { Engine, Program, Progress } from '../../engine/index.ts';

export interface Output {
  /** Resolves when more may be written (backpressure). EPIPE ends the command quietly. */
  write(data: string | Uint8Array): Promise<void>;
  readonly isTty: boolean;
  /** 80 when unknown */
  columns(): number;
}

export interface CliIo {
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Ctrl-C of the shell, or cancel on the screen. */
  readonly signal: AbortSignal;
  /** On the screen: bars of the job tray. In a shell undefined: the command prints Docker's lines. */
  readonly onProgress?: (progress: Progress) => void;
  /** Asks y/N. */
  confirm(question: string): Promise<boolean>;
  /** Asks for a line, hidden when it is a secret. Rejects when there is nobody to ask. */
  ask(question: string, options?: { isSecret?: boolean }): Promise<string>;
  /** On the screen: shows a program in a terminal pane and resolves with its exit code. In a shell undefined: the command relays itself. */
  readonly openTerminal?: (program: Program, title: string) => Promise<number>;
}

/** Runs one verb; returns the exit status. `args` are those after the verb. */
export type Verb = (args: readonly string[], engine: () => Engine, io: CliIo) => Promise<number>;
