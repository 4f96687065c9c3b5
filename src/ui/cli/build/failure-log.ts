/** Remembers what is told of a step that fails. How that is written is in failure.ts, which builds that succeed don't load. */
import type { BuildEvent } from '../../../engine/index.ts';
import type { BuildView } from './view.ts';

/** More than the lines that are shown, which may be long. */
const KEPT_BYTES = 256 * 1024;

/** A program may print byte by byte; each piece takes more room than it holds. */
const MAX_PIECES = 64;

/** The end of each step's output, and which step failed. */
export class FailureLog {
  readonly #names = new Map<number, string>();
  readonly #tails = new Map<number, Uint8Array[]>();
  #failed: number | undefined;

  /** A view that also feeds this log. */
  watch(view: BuildView): BuildView {
    return {
      show: (event) => {
        this.#note(event);
        return view.show(event);
      },
      end: () => view.end(),
    };
  }

  #note(event: BuildEvent): void {
    if (event.type === 'step') this.#names.set(event.step, event.name);
    else if (event.type === 'output') this.#keep(event.step, event.data);
    else if (event.type === 'done') this.#tails.delete(event.step);
    else if (event.type === 'failed' && !event.isCanceled) this.#failed ??= event.step;
  }

  #keep(step: number, data: Uint8Array): void {
    const pieces = [...(this.#tails.get(step) ?? []), data];
    const isFull = pieces.length > MAX_PIECES;
    this.#tails.set(step, isFull ? [Buffer.concat(pieces).subarray(-KEPT_BYTES)] : pieces);
  }

  /** Of the step that failed; undefined when none had. */
  failed(): { name: string | undefined; output: readonly Uint8Array[] } | undefined {
    if (this.#failed === undefined) return undefined;
    return { name: this.#names.get(this.#failed), output: this.#tails.get(this.#failed) ?? [] };
  }
}
