/** --network NAME or name=…,alias=…,ip=… (docker/cli opts/network.go's behaviour). Pure. */
import { csvFields } from './csv.ts';

export interface NetworkAttachment {
  Target: string;
  Aliases?: string[];
  Links?: string[];
  DriverOpts?: Record<string, string>;
  IPv4Address?: string;
  IPv6Address?: string;
  MacAddress?: string;
  LinkLocalIPs?: string[];
  GwPriority?: number;
}

/** Docker's own test for the long form; what fails it is a name. */
const LONG = /[\w]+=[\w]+(?:,[\w]+=[\w]+)*/;

/** Throws 'invalid field …' or that the name is missing. */
export function parseNetwork(value: string): NetworkAttachment {
  if (!LONG.test(value)) return { Target: value };
  const attachment: NetworkAttachment = { Target: '' };
  for (const field of csvFields(value)) {
    const equals = field.indexOf('=');
    if (equals < 1) throw new Error(`invalid field ${field}`);
    setField(attachment, field.slice(0, equals).trim().toLowerCase(), field.slice(equals + 1).trim());
  }
  if (attachment.Target === '') throw new Error('network name/id is not specified');
  return attachment;
}

function setField(attachment: NetworkAttachment, key: string, value: string): void {
  if (key === 'name') attachment.Target = value;
  else if (key === 'alias') attachment.Aliases = [...(attachment.Aliases ?? []), value];
  else if (key === 'ip') attachment.IPv4Address = value;
  else if (key === 'ip6') attachment.IPv6Address = value;
  else if (key === 'mac-address') attachment.MacAddress = value;
  else if (key === 'link-local-ip') attachment.LinkLocalIPs = [...(attachment.LinkLocalIPs ?? []), value];
  else if (key === 'driver-opt') {
    const equals = value.indexOf('=');
    if (equals < 1) throw new Error('invalid key value pair format in driver options');
    attachment.DriverOpts = {
      ...attachment.DriverOpts,
      [value.slice(0, equals).trim().toLowerCase()]: value
        .slice(equals + 1)
        .trim()
        .toLowerCase(),
    };
  } else if (key === 'gw-priority') {
    if (!/^[+-]?\d+$/.test(value)) throw new Error(`invalid gw-priority (${value}): invalid syntax`);
    if (!Number.isSafeInteger(Number(value)))
      throw new Error(`invalid gw-priority (${value}): value out of range`);
    attachment.GwPriority = Number(value);
  } else throw new Error(`invalid field key ${key}`);
}
