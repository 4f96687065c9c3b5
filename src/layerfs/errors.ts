/** The error class of layerfs; codes are the engine's. */

export type LayerErrorCode =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'FAILED_PRECONDITION'
  | 'PERMISSION_DENIED'
  | 'UNAVAILABLE'
  | 'RESOURCE_EXHAUSTED'
  | 'DATA_LOSS'
  | 'CANCELED'
  | 'INTERNAL';

export class LayerError extends Error {
  override readonly name = 'LayerError';
  readonly code: LayerErrorCode;
  readonly hint: string | undefined;

  constructor(code: LayerErrorCode, message: string, details: { hint?: string; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
  }
}
