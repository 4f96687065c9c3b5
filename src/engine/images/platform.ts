/** The platform of this machine. */
import { machine } from 'node:os';
import { armVariant, type Platform } from '../oci/platform.ts';

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  ppc64: 'ppc64le',
  loong64: 'loong64',
};

export function hostPlatform(): Platform {
  const architecture = ARCHITECTURES[process.arch] ?? process.arch;
  const variant = architecture === 'arm' ? armVariant(machine()) : undefined;
  return { os: 'linux', architecture, ...(variant === undefined ? {} : { variant }) };
}
