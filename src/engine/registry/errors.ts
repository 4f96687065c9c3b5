/** What registries answer when they refuse, in Docker's words (distribution-spec, "Error Codes"). Pure. */
import { EngineError, type ErrorCode } from '../errors.ts';
import { isObject } from '../oci/descriptor.ts';

/** An answer that is an error. `registryCode` is distribution's: 'MANIFEST_UNKNOWN', 'DENIED', …; '' when it sent none. */
export class RegistryError extends EngineError {
  readonly registryCode: string;
  readonly status: number;
  constructor(code: ErrorCode, message: string, answer: { registryCode: string; status: number }) {
    super(code, message);
    this.registryCode = answer.registryCode;
    this.status = answer.status;
  }
}

const DETAIL_LIMIT = 500;

/** Meanings of the codes when the body has no message. */
const MESSAGES: Readonly<Record<string, string>> = {
  UNAUTHORIZED: 'authentication required',
  DENIED: 'requested access to the resource is denied',
  MANIFEST_UNKNOWN: 'manifest unknown',
  NAME_UNKNOWN: 'repository name not known to registry',
  TOOMANYREQUESTS: 'too many requests',
};

/** Makes the error of a response; `what` names the request without secrets ('Get "https://host/v2/…"'). */
export function registryError(status: number, body: string, what: string): RegistryError {
  const { code, message } = firstError(body);
  const text =
    code === ''
      ? `${what}: unexpected status code ${status}${message && `: ${message}`}`
      : formatError(code, message);
  return new RegistryError(engineCode(status, code), text, { registryCode: code, status });
}

const formatError = (code: string, message: string) =>
  `${code.toLowerCase().replaceAll('_', ' ')}: ${message || (MESSAGES[code] ?? 'unknown error')}`;

function firstError(body: string): { code: string; message: string } {
  try {
    const value: unknown = JSON.parse(body);
    const error: unknown = isObject(value) && Array.isArray(value['errors']) ? value['errors'][0] : undefined;
    if (isObject(error)) return { code: codeText(error['code']), message: printable(error['message']) };
    // Docker Hub's token server answers {"details": "…"}.
    if (isObject(value)) return { code: '', message: printable(value['details'] ?? value['message']) };
  } catch {
    // not JSON: proxies answer with pages
  }
  return { code: '', message: printable(body.startsWith('<') ? '' : body) };
}

const codeText = (code: unknown) => (typeof code === 'string' && /^[A-Z_]{1,64}$/.test(code) ? code : '');

/** Terminal escapes and line breaks of a hostile registry don't reach the screen. */
function printable(text: unknown): string {
  if (typeof text !== 'string') return '';
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim()
    .slice(0, DETAIL_LIMIT);
}

function engineCode(status: number, code: string): ErrorCode {
  if (code === 'DENIED') return 'PERMISSION_DENIED';
  if (status === 401 || code === 'UNAUTHORIZED') return 'UNAUTHENTICATED';
  if (status === 403) return 'PERMISSION_DENIED';
  if (status === 404) return 'NOT_FOUND';
  if (status === 429) return 'RESOURCE_EXHAUSTED';
  return status >= 500 ? 'UNAVAILABLE' : 'INVALID_ARGUMENT';
}
