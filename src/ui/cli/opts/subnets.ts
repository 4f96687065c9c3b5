/** --subnet, --ip-range, --gateway and --aux-address of `network create`: each goes to the subnet it lies in (docker/cli). Pure. */
import type { NetworkCreate } from '../../../engine/index.ts';
import { ipVersion } from './ip.ts';

type SubnetConfig = NonNullable<NonNullable<NetworkCreate['IPAM']>['Config']>[number];

/** Throws in the words of Docker's client. A subnet that is none is left for the engine to judge. */
export function subnetsOf(given: {
  subnets: readonly string[];
  ranges: readonly string[];
  gateways: readonly string[];
  auxiliary: Readonly<Record<string, string>>;
}): SubnetConfig[] {
  const { subnets, ranges, gateways } = given;
  if (subnets.length < ranges.length || subnets.length < gateways.length)
    throw new Error('every ip-range or gateway must have a corresponding subnet');
  const configs = subnets.map((Subnet): SubnetConfig => ({ Subnet }));
  const find = (what: string, address: string): SubnetConfig => {
    const config = configs.find(({ Subnet = '' }) => contains(Subnet, address.replace(/\/.*$/, '')));
    if (config === undefined) throw new Error(`no matching subnet for ${what} ${address}`);
    return config;
  };
  const once = (config: SubnetConfig, key: 'IPRange' | 'Gateway', what: string, value: string) => {
    if (config[key] !== undefined)
      throw new Error(
        `cannot configure multiple ${what} (${value}, ${config[key]}) on the same subnet (${config.Subnet})`,
      );
    config[key] = value;
  };
  for (const range of ranges) once(find('range', range), 'IPRange', 'ranges', range);
  for (const gateway of gateways) once(find('gateway', gateway), 'Gateway', 'gateways', gateway);
  for (const [name, address] of Object.entries(given.auxiliary)) {
    const config = find('aux-address', address);
    config.AuxiliaryAddresses = { ...config.AuxiliaryAddresses, [name]: address };
  }
  return configs;
}

/** Whether an IPv4 address lies in 'a.b.c.d/n'. */
function contains(subnet: string, address: string): boolean {
  const [base = '', bits = ''] = subnet.split('/');
  if (ipVersion(base) !== 4 || ipVersion(address) !== 4 || !/^\d{1,2}$/.test(bits)) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(valueOf(base) / size) === Math.floor(valueOf(address) / size);
}

const valueOf = (address: string): number =>
  address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
