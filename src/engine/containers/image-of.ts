/** The image a container is made of, and whether it is of the platform that was asked for. */
import type { Context } from '../context.ts';
import { EngineError, messageOf } from '../errors.ts';
import { findImage } from '../images/find.ts';
import { hostPlatform } from '../images/platform.ts';
import type { ImageRecord } from '../images/records.ts';
import { formatPlatform, type Platform, parsePlatform } from '../oci/platform.ts';
import { matchesPlatform } from '../oci/platform-match.ts';

/**
 * Throws NOT_FOUND when there is none, or only one of another platform, and INVALID_ARGUMENT for a platform that is none; all with
 * exitCode 125.
 */
export function imageOf(ctx: Context, name: string, platform: string | undefined): ImageRecord {
  const wanted = platform === undefined ? undefined : readPlatform(platform);
  try {
    const image = findImage(ctx, name);
    if (wanted === undefined || matchesPlatform(wanted, platformOf(image))) return image;
    const actual = formatPlatform(platformOf(image));
    throw new EngineError(
      'NOT_FOUND',
      `image with reference ${name} was found but does not match the specified platform: wanted ${platform}, actual: ${actual}`,
    );
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(error.code, error.message, { hint: error.hint, cause: error, exitCode: 125 });
  }
}

/** Docker's warning about an image that this machine can't run by itself, when nobody asked for its platform. */
export function platformWarnings(image: ImageRecord, asked: string | undefined): string[] {
  const [host, own] = [hostPlatform(), platformOf(image)];
  if (asked !== undefined || matchesPlatform(host, own)) return [];
  return [
    `The requested image's platform (${formatPlatform(own)}) does not match the detected host platform (${formatPlatform(host)}) and no specific platform was requested`,
  ];
}

const platformOf = ({ config }: ImageRecord): Platform => ({
  os: config.os,
  architecture: config.architecture,
  ...(config.variant && { variant: config.variant }),
});

function readPlatform(text: string): Platform {
  try {
    return parsePlatform(text, hostPlatform());
  } catch (error) {
    throw new EngineError('INVALID_ARGUMENT', `error parsing specified platform: ${messageOf(error)}`, {
      cause: error,
      exitCode: 125,
    });
  }
}
