/** What all parts of one pull share. */
import type { Context } from '../context.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { Emit } from './progress-channel.ts';

export interface PullJob {
  ctx: Context;
  reference: Reference;
  /** asked for by the user; this machine's when absent */
  platform: Platform | undefined;
  allTags: boolean;
  emit: Emit;
  signal: AbortSignal;
}
