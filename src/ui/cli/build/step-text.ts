/** How what steps say and take is written. */

/** Seconds with one decimal ('0.2s'), as Docker rounds them. */
export const secondsText = (durationMs: number): string => `${(durationMs / 1000).toFixed(1)}s`;

/** Colours and cursor movements of a program would garble the lines around. Line ends stay. */
export function withoutControls(text: string): string {
  return text.replace(
    /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g,
    '',
  );
}
