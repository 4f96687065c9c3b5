/** The system's connection failures in the words of Docker's (Go's) client. */
import { codeOf, EngineError, messageOf } from '../errors.ts';

/** A request in Docker's words, without query: it may hold a signature. */
export function describeRequest(method: string, url: URL): string {
  const verb = method.slice(0, 1).toUpperCase() + method.slice(1).toLowerCase();
  return `${verb} "${url.origin}${url.pathname}"`;
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'temporary failure in name resolution',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ECONNRESET: 'connection reset by peer',
  ETIMEDOUT: 'i/o timeout',
};

/** What kept a request from reaching its host, as UNAVAILABLE; a cancel and errors of ours stay as they are. */
export function connectionError(error: unknown, method: string, url: URL): unknown {
  const code = codeOf(error) ?? '';
  if (code === 'CANCELED' || error instanceof EngineError) return error;
  const reason = REASONS[code] ?? messageOf(error);
  return new EngineError('UNAVAILABLE', `${describeRequest(method, url)}: dial tcp ${url.host}: ${reason}`, {
    cause: error,
    hint: 'is the registry running, and its name right? A plain http registry must stand in insecure-registries',
  });
}
