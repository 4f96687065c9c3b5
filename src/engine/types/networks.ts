/** Volume and network verbs: Docker API 1.41 names and meanings. */
import type { EndpointSettings } from './config.ts';
import type { Filters } from './images.ts';

export interface VolumeInfo {
  Name: string;
  Driver: string;
  Mountpoint: string;
  /** RFC 3339 */
  CreatedAt: string;
  Labels: Record<string, string> | null;
  Scope: 'local';
  Options: Record<string, string> | null;
}

export interface VolumeCreate {
  Name?: string;
  Driver?: string;
  DriverOpts?: Record<string, string>;
  Labels?: Record<string, string>;
}

export interface Volumes {
  /** An existing volume of that name is returned as it is. */
  create(body?: VolumeCreate): Promise<VolumeInfo>;
  list(options?: { filters?: Filters }): Promise<VolumeInfo[]>;
  inspect(name: string): Promise<VolumeInfo>;
  /** CONFLICT 'volume is in use - [IDs]' */
  remove(name: string, options?: { force?: boolean }): Promise<void>;
  prune(options?: {
    filters?: Filters;
    signal?: AbortSignal;
  }): Promise<{ VolumesDeleted: string[]; SpaceReclaimed: number }>;
}

export interface NetworkInfo {
  Name: string;
  Id: string;
  Created: string;
  Scope: 'local';
  Driver: 'bridge' | 'host' | 'null' | 'macvlan';
  EnableIPv6: boolean;
  IPAM: {
    Driver: string;
    Options: Record<string, string> | null;
    Config: {
      Subnet?: string;
      Gateway?: string;
      IPRange?: string;
      AuxiliaryAddresses?: Record<string, string>;
    }[];
  };
  Internal: boolean;
  Attachable: boolean;
  Ingress: boolean;
  /** there are no configuration networks; Docker tells so */
  ConfigFrom: { Network: '' };
  ConfigOnly: false;
  /** container id → its place; only running containers */
  Containers: Record<
    string,
    { Name: string; EndpointID: string; MacAddress: string; IPv4Address: string; IPv6Address: string }
  >;
  Options: Record<string, string>;
  Labels: Record<string, string>;
}

/** POST /networks/create */
export interface NetworkCreate {
  Name: string;
  /** default 'bridge' */
  Driver?: string;
  /** no way to the outside */
  Internal?: boolean;
  Attachable?: boolean;
  EnableIPv6?: boolean;
  IPAM?: {
    Driver?: string;
    Config?: {
      Subnet?: string;
      Gateway?: string;
      IPRange?: string;
      AuxiliaryAddresses?: Record<string, string>;
    }[];
  };
  Options?: Record<string, string>;
  Labels?: Record<string, string>;
}

/** POST /networks/ID/connect */
export interface NetworkConnect {
  Container: string;
  EndpointConfig?: EndpointSettings;
}

export interface Networks {
  connect(nameOrId: string, body: NetworkConnect): Promise<void>;
  disconnect(nameOrId: string, body: { Container: string }): Promise<void>;
  /** ALREADY_EXISTS 'network with name X already exists' */
  create(body: NetworkCreate): Promise<{ Id: string; Warning: string }>;
  /** PERMISSION_DENIED '… has active endpoints' while containers run on it */
  remove(nameOrId: string): Promise<void>;
  list(options?: { filters?: Filters }): Promise<NetworkInfo[]>;
  inspect(nameOrId: string): Promise<NetworkInfo>;
  /** Networks made by users that no container has. */
  prune(options?: { filters?: Filters; signal?: AbortSignal }): Promise<{ NetworksDeleted: string[] }>;
}
