/** What a command may use of the world: a shell's streams, or the screen's job tray and panes. One command, two places. */
import type { Readable } from 'node:stream';
import type { BuildEvent, BuildFailure, Engine, Program, Progress } from '../../engine/index.ts';

export interface Output {
  /** Resolves when more may be written (backpressure). EPIPE ends the command quietly. */
  write(data: string | Uint8Array): Promise<void>;
  /** As `write`, but the process can do other things while nobody reads. In a shell, for a pipe or terminal. */
  readonly writeUnblocked?: (data: Uint8Array) => Promise<void>;
  readonly isTty: boolean;
  /** 80 when unknown */
  columns(): number;
  /** of a terminal; undefined elsewhere */
  rows?(): number;
}

export interface CliIo {
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Ctrl-C of the shell, or cancel on the screen. */
  readonly signal: AbortSignal;
  /** On the screen: bars of the job tray. In a shell undefined: the command prints Docker's lines. */
  readonly onProgress?: (progress: Progress) => void;
  /**
   * Asks y/N. `about` tells what a yes does to what: asked for only where there is room to show it; undefined there means nothing, and
   * the answer is no.
   */
  confirm(question: string, about?: () => Promise<About | undefined>): Promise<boolean>;
  /** Asks for a line, hidden when it is a secret. Rejects when there is nobody to ask. */
  ask(question: string, options?: { isSecret?: boolean }): Promise<string>;
  /** On the screen: shows a program in a terminal pane and resolves with its exit code. In a shell undefined: the command relays itself. */
  readonly openTerminal?: (program: Program, terminal: TerminalOf) => Promise<number>;
  /** On the screen: shows a build as it goes on, and why it failed. In a shell undefined: the command prints. */
  readonly build?: BuildWatcher;
}

/** A question's subject, for a dialog. */
export interface About {
  title: string;
  lines: readonly string[];
  /** All that the question is about: what comes to it while it stands was not agreed to. */
  items: readonly string[];
}

/** Whose terminal a program is. */
export interface TerminalOf {
  containerId: string;
  /** attach: the container's own terminal; exec: one of a further process */
  kind: 'attach' | 'exec';
  title: string;
  /** Docker's syntax; the pane looks for them, the program in it does not */
  detachKeys: string;
}

/** Told what a build does. `failed` is called once, last, when the build did not succeed. */
export interface BuildWatcher {
  onEvent(event: BuildEvent): void;
  onFailed(message: string, failure: BuildFailure | undefined): void;
}

/** Runs one verb; returns the exit status. `args` are those after the verb. */
export type Verb = (args: readonly string[], engine: () => Engine, io: CliIo) => Promise<number>;
