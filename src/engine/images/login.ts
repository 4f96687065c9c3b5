/** `login` and `logout`. */
import type { Context } from '../context.ts';
import { codeOf, EngineError } from '../errors.ts';
import { type ClientOptions, openClient } from '../registry/client.ts';
import { eraseCredentials, storeCredentials } from '../registry/credentials.ts';
import { RegistryError } from '../registry/errors.ts';
import { endpointsOf, readSettings } from '../registry/settings.ts';

const PING_LIMIT_BYTES = 64 * 1024;
const HUB = new Set(['', 'docker.io', 'index.docker.io', 'registry-1.docker.io']);

/** Asks the registry whether it takes the credentials, then keeps them. Throws UNAUTHENTICATED, UNAVAILABLE, INVALID_ARGUMENT. */
export async function login(
  ctx: Context,
  options: { server: string; username: string; password: string; signal?: AbortSignal },
): Promise<{ status: string }> {
  const domain = domainOf(options.server);
  const credentials = { username: options.username, password: options.password };
  const endpoint = endpointsOf(domain, readSettings(ctx.paths.configFile)).find(({ isMirror }) => !isMirror)!;
  const { dockerConfig } = ctx.paths;
  await ping({
    endpoint,
    repository: '',
    dockerConfig,
    credentials,
    actions: 'pull',
    signal: options.signal,
  });
  await storeCredentials(dockerConfig, domain, credentials);
  return { status: 'Login Succeeded' };
}

async function ping(options: ClientOptions): Promise<void> {
  const client = openClient(options);
  try {
    await client.document({ method: 'GET', path: '', expect: [200] }, PING_LIMIT_BYTES);
  } catch (error) {
    if (codeOf(error) !== 'UNAUTHENTICATED' && codeOf(error) !== 'PERMISSION_DENIED') throw error;
    const origin = (await client.origin()).origin;
    const why = error instanceof RegistryError ? `${error.message}` : 'incorrect username or password';
    throw new EngineError(
      'UNAUTHENTICATED',
      `login attempt to ${origin}/v2/ failed with status: 401 Unauthorized: ${why}`,
      {
        cause: error,
      },
    );
  }
}

/** `removed` is false when there were no credentials for the server. */
export async function logout(ctx: Context, server: string): Promise<{ removed: boolean }> {
  return { removed: await eraseCredentials(ctx.paths.dockerConfig, domainOf(server)) };
}

/** 'https://host:5000/v2/' and 'host:5000' name the same registry; nothing is the Hub. Throws INVALID_ARGUMENT. */
function domainOf(server: string): string {
  const host = server.replace(/^https?:\/\//, '').split('/', 1)[0]!;
  if (HUB.has(host)) return 'docker.io';
  if (URL.canParse(`https://${host}`) && new URL(`https://${host}`).username === '') return host;
  throw new EngineError('INVALID_ARGUMENT', `invalid registry address ${JSON.stringify(server)}`, {
    hint: 'give host or host:port',
  });
}
