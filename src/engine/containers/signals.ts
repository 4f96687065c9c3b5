/** Signal names and numbers as Docker takes them. Pure. */
import { constants } from 'node:os';
import { EngineError } from '../errors.ts';

const RTMIN = 34;
const RTMAX = 64;

/** Number of 'SIGTERM', 'term', '15', 'RTMIN+3'. Throws INVALID_ARGUMENT `Invalid signal: X`. */
export function parseSignal(given: string): number {
  const text = given.trim().toUpperCase();
  const number = /^\d+$/.test(text) ? Number(text) : signalNumber(text.replace(/^SIG/, ''));
  if (number !== undefined && number >= 1 && number <= RTMAX) return number;
  throw new EngineError('INVALID_ARGUMENT', `Invalid signal: ${given}`, {
    hint: 'a name such as SIGTERM, or a number from 1 to 64',
  });
}

function signalNumber(name: string): number | undefined {
  const realTime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realTime !== null) {
    const offset = Number(realTime[3] ?? 0) * (realTime[2] === '-' ? -1 : 1);
    const number = (realTime[1] === 'MIN' ? RTMIN : RTMAX) + offset;
    return number >= RTMIN && number <= RTMAX ? number : undefined;
  }
  if (name === 'CLD') return constants.signals.SIGCHLD; // System V's name for it
  return (constants.signals as Readonly<Record<string, number>>)[`SIG${name}`];
}
