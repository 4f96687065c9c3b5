/** What `boxtop --version` prints. */
import packageJson from '../../../package.json' with { type: 'json' };

/** 'boxtop version 0.1.0' */
export function versionLine(): string {
  return `boxtop version ${packageJson.version}\n`;
}
