/** The one error class of the engine. Callers test `code`, never the text. */

/** Shared vocabulary, after containerd's errdefs; `src/engine/errors.ts` is the only list of them. */
export type ErrorCode =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'CONFLICT'
  | 'FAILED_PRECONDITION'
  | 'PERMISSION_DENIED'
  | 'UNAUTHENTICATED'
  | 'UNAVAILABLE'
  | 'RESOURCE_EXHAUSTED'
  | 'DATA_LOSS'
  | 'CANCELED'
  | 'UNIMPLEMENTED'
  | 'INTERNAL';

/** HTTP status of each code, as Docker's API server answers (api/server/httpstatus). */
export const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  CONFLICT: 409,
  FAILED_PRECONDITION: 409,
  PERMISSION_DENIED: 403,
  UNAUTHENTICATED: 401,
  UNAVAILABLE: 503,
  RESOURCE_EXHAUSTED: 507,
  DATA_LOSS: 500,
  CANCELED: 499,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
};

/** `hint` says what to do next; `exitCode` is set where Docker's CLI has a status of its own (125, 126, 127). */
export interface ErrorDetails {
  hint?: string;
  cause?: unknown;
  exitCode?: number;
}

/** An error a person can act on: message = what and which object, hint = what to do. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly exitCode: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.exitCode = details.exitCode;
  }
}

/** Reads `code` off anything thrown: EngineError, LayerError, Node's system errors ('ENOENT'), AbortError. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ((error as { name?: unknown }).name === 'AbortError') return 'CANCELED';
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : undefined;
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
