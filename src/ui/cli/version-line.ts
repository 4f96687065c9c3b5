/** The version of this program. */
import { readFileSync } from 'node:fs';

/** Put in by the build; absent when run from source. */
declare const BOXTOP_VERSION: string | undefined;

/** '0.1.0' */
export function programVersion(): string {
  if (typeof BOXTOP_VERSION === 'string') return BOXTOP_VERSION;
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** What `boxtop --version` prints. */
export const versionLine = (): string => `boxtop version ${programVersion()}\n`;
