/** What the last step of a build says. */
import type { BuildEvent } from '../types/build.ts';

export const EXPORT_STEP = 'exporting to image';

export function exportNotes(step: number, imageId: string, tags: readonly string[]): BuildEvent[] {
  const labels = ['exporting layers', `writing image ${imageId}`, ...tags.map((tag) => `naming to ${tag}`)];
  return labels.map((label) => ({ type: 'progress', step, label, current: 0, isDone: true }));
}
