/** The program where every user can read it: the checkout itself may lie below root's home, or have been made with umask 077. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const CHECKOUT = resolve(import.meta.dirname, '../..');

/** Copies `parts` of the checkout, and Node, into `folder`. */
export function openCheckout(folder: string, parts: readonly string[]): void {
  for (const part of ['node_modules/node/bin/node', ...parts]) {
    mkdirSync(dirname(join(folder, part)), { recursive: true });
    execFileSync('cp', ['-RL', join(CHECKOUT, part), join(folder, part)]);
  }
  execFileSync('chmod', ['-R', 'a+rX', folder]);
}
