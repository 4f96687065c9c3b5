import { describe, it } from 'vitest';
import { readDuration } from '../../src/engine/index.ts';
import { parseAddHost, parseDnsSearch, parseIpAddress, parseLink } from '../../src/ui/cli/opts/addresses.ts';
import { parseGpus } from '../../src/ui/cli/opts/devices.ts';
import { checkLabel, parseKeyValueFile } from '../../src/ui/cli/opts/key-values.ts';
import { parseCpus } from '../../src/ui/cli/opts/limits.ts';
import { parseMount } from '../../src/ui/cli/opts/mount.ts';
import { parseNetwork } from '../../src/ui/cli/opts/network.ts';
import { parsePortSpecs } from '../../src/ui/cli/opts/ports.ts';
import { parseRestartPolicy } from '../../src/ui/cli/opts/restart.ts';
import { bytesSize, fromHumanSize, humanSize, ramInBytes } from '../../src/ui/format/units.ts';
import { checkEdge, edges } from '../support/grammar-edges.ts';

/** The table leaves out what is unset. */
function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pruned);
  if (typeof value !== 'object' || value === null) return value;
  const isSet = (item: unknown) =>
    ![undefined, null, '', 0, false].includes(item as null) &&
    !(typeof item === 'object' && Object.keys(item as object).length === 0);
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, pruned(item)] as const)
      .filter(([, item]) => isSet(item)),
  );
}

const readers: Record<string, (input: never) => unknown> = {
  ramInBytes,
  fromHumanSize,
  bytesSize,
  humanSize3: (bytes) => humanSize(bytes, 3),
  duration: readDuration,
  mount: (value) => [pruned(parseMount(value, '/'))],
  network: (value) => [pruned(parseNetwork(value))],
  gpus: (value) => [pruned(parseGpus(value))],
  addHost: parseAddHost,
  ip: parseIpAddress,
  dnsSearch: parseDnsSearch,
  label: checkLabel,
  link: (value) => Object.values(parseLink(value)),
  cpus: parseCpus,
  restart: parseRestartPolicy,
  kvfile: (text) => parseKeyValueFile(text, (name) => (name === 'SET' ? 'set value' : undefined)),
  portSpecs: parsePortSpecs,
};

describe('what Docker makes of odd values', () => {
  it.each([...edges('sizes'), ...edges('flags')])('%s', (_, edge) =>
    checkEdge(() => readers[edge.fn]!(edge.input as never), edge),
  );
});
