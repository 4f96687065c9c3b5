/** Options of the bridge driver (`network create -o`). Pure. */
import { EngineError } from '../errors.ts';

const BRIDGE = 'com.docker.network.bridge.';
const MTU = 'com.docker.network.driver.mtu';
/** IFNAMSIZ without its end. */
const LONGEST_INTERFACE = 15;
const MIN_MTU = 68;
const MAX_MTU = 65_535;

interface BridgeOptions {
  /** of the interface on the host */
  name?: string;
}

/** Options that mean nothing to Docker's driver are kept and shown, as Docker does. Throws INVALID_ARGUMENT, UNIMPLEMENTED. */
export function checkBridgeOptions(options: Readonly<Record<string, string>>): BridgeOptions {
  const found: BridgeOptions = {};
  for (const [key, value] of Object.entries(options)) {
    if (key === `${BRIDGE}name`) found.name = interfaceName(value);
    else if (key === MTU) checkMtu(value);
    else if (key.startsWith(BRIDGE) && !isDefault(key.slice(BRIDGE.length), value))
      throw new EngineError('UNIMPLEMENTED', `the network option ${key}=${value} is not implemented yet`);
  }
  return found;
}

/** What netavark is told of them. */
export const netavarkOptions = (options: Readonly<Record<string, string>>): Record<string, string> => ({
  ...(options[MTU] && { mtu: options[MTU] }),
});

/** What every bridge is anyhow. */
function isDefault(name: string, value: string): boolean {
  if (name === 'enable_icc' || name === 'enable_ip_masquerade') return value === 'true' || value === '1';
  if (name === 'host_binding_ipv4') return value === '0.0.0.0';
  return name === 'default_bridge' && value === 'false';
}

function interfaceName(name: string): string {
  if (name.length <= LONGEST_INTERFACE && /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) return name;
  throw new EngineError('INVALID_ARGUMENT', `invalid interface name: ${name}`, {
    hint: `at most ${LONGEST_INTERFACE} letters, digits, '_', '.' and '-'`,
  });
}

function checkMtu(value: string): void {
  const mtu = Number(value);
  if (/^\d+$/.test(value) && mtu >= MIN_MTU && mtu <= MAX_MTU) return;
  throw new EngineError('INVALID_ARGUMENT', `invalid value for "${MTU}": ${value}`, {
    hint: `a number from ${MIN_MTU} to ${MAX_MTU}`,
  });
}
