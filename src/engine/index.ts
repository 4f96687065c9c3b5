/** The engine's only door: `openEngine(options)` and the public types. */

export { monotonicMs } from './clock.ts';
export { type Paths, resolvePaths } from './config.ts';
export {
  assertsDirectory,
  baseName,
  type CopyEnd,
  type CopyPlan,
  isContents,
  planCopy,
} from './containers/files/copy-rules.ts';
export { humanDuration } from './containers/status-text.ts';
export { packLocal, rebaseTar, unpackLocal } from './copy.ts';
export { readDuration } from './duration.ts';
export { openEngine } from './engine.ts';
export { codeOf, EngineError, type ErrorCode, HTTP_STATUS, messageOf } from './errors.ts';
export { checkReference } from './oci/reference.ts';
export type * from './types/build.ts';
export type * from './types/config.ts';
export type * from './types/container-files.ts';
export type * from './types/containers.ts';
export type * from './types/engine.ts';
export type * from './types/events.ts';
export type * from './types/health.ts';
export type * from './types/images.ts';
export type * from './types/logs.ts';
export type * from './types/networks.ts';
export { finish, type Job, type Progress } from './types/progress.ts';
export type * from './types/stats.ts';
export type * from './types/system.ts';
