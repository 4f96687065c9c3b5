/** A proxy before the real registry that misbehaves on demand, and notes what passes. */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Passed {
  method: string;
  /** path and query */
  url: string;
  authorization: string | undefined;
  range: string | undefined;
  status: number;
  /** bytes of the answer's body */
  sentBytes: number;
}

/** Answers a request itself (returns true) or lets it pass. */
export type Fault = (
  request: IncomingMessage,
  response: ServerResponse,
  passed: Passed,
) => boolean | Promise<boolean>;

/** Changes an answer on its way: gets the registry's, writes its own. */
export type Rewrite = (
  upstream: IncomingMessage,
  response: ServerResponse,
  request: IncomingMessage,
) => boolean;

export interface FaultProxy {
  host: string;
  passed: Passed[];
  fault: Fault | undefined;
  rewrite: Rewrite | undefined;
  stop(): Promise<void>;
}

export async function startProxy(upstreamHost: string): Promise<FaultProxy> {
  const server = http.createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FaultProxy = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed: [],
    fault: undefined,
    rewrite: undefined,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const passed: Passed = {
      method,
      url,
      authorization: headers.authorization,
      range: headers.range,
      status: 0,
      sentBytes: 0,
    };
    proxy.passed.push(passed);
    countBody(response, passed);
    if (await proxy.fault?.(request, response, passed)) return;
    forward(request, response);
  }

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const [hostname, port] = upstreamHost.split(':');
    // The Host header stays: the registry makes its Location headers from it, so uploads come through here too.
    const outgoing = http.request({
      hostname,
      port,
      method: request.method,
      path: request.url,
      headers: request.headers,
    });
    outgoing.on('error', () => response.destroy());
    outgoing.on('response', (upstream) => {
      if (proxy.rewrite?.(upstream, response, request)) return;
      response.writeHead(upstream.statusCode ?? 502, upstream.headers);
      upstream.pipe(response);
    });
    request.pipe(outgoing);
  }
  return proxy;
}

function countBody(response: ServerResponse, passed: Passed): void {
  const write = response.write.bind(response) as (...args: unknown[]) => boolean;
  response.write = ((chunk: Buffer | string, ...rest: unknown[]) => {
    passed.sentBytes += chunk.length;
    return write(chunk, ...rest);
  }) as typeof response.write;
  response.on('finish', () => {
    passed.status = response.statusCode;
  });
}
