/** Waits that others can cut short. */

/** The longest a timer takes: 24 days. Who waited longer looks again, which does no harm. */
export const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** Rung before anybody waits, the next wait ends at once. */
export class Alarm {
  #isRung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  reset(): void {
    this.#isRung = false;
  }

  /** Resolves after `ms` or when it is rung, whichever is first; true = it was rung. Resets it. */
  async wait(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    if (!this.#isRung) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, Math.min(ms, LONGEST_WAIT_MS));
      });
    }
    clearTimeout(timer);
    this.#wake = undefined;
    const wasRung = this.#isRung;
    this.#isRung = false;
    return wasRung;
  }
}
