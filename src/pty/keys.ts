/** The light door: what the attach program needs of terminals. Loads neither node-pty nor, until asked, the screen model. */
export { createDetachRecogniser, DEFAULT_DETACH_KEYS, parseDetachKeys } from './detach.ts';

/** See `serializeScreen` in serialize.ts; the screen model is loaded at the first call. */
export async function serializeScreen(bytes: Uint8Array, cols: number, rows: number): Promise<string> {
  const { serializeScreen: serialize } = await import('./serialize.ts');
  return serialize(bytes, cols, rows);
}
