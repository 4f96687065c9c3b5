/** Flags of namespaces, sysctls and security options, with the words of Docker's client. Pure. */

/** Throws `--pid: invalid PID mode` and the like. IPC modes are the engine's to judge, as in Docker. */
export function checkNamespaceModes(modes: {
  pid: string | undefined;
  uts: string | undefined;
  userns: string | undefined;
  cgroupns: string | undefined;
}): void {
  const { pid = '', uts = '', userns = '', cgroupns = '' } = modes;
  if (!/^(|host|container:.+)$/.test(pid)) throw new Error('--pid: invalid PID mode');
  if (!['', 'host'].includes(uts)) throw new Error('--uts: invalid UTS mode');
  if (!['', 'host'].includes(userns)) throw new Error('--userns: invalid USER mode');
  if (!['', 'private', 'host'].includes(cgroupns)) throw new Error('--cgroupns: invalid CGROUP mode');
}

const SYSCTLS = new Set(
  ['msgmax', 'msgmnb', 'msgmni', 'sem', 'shmall', 'shmmax', 'shmmni', 'shm_rmid_forced'].map(
    (name) => `kernel.${name}`,
  ),
);

/** 'name=value' of a sysctl that a namespace of a container can have. Throws `sysctl 'x' is not allowed`. */
export function checkSysctl(value: string): void {
  const equals = value.indexOf('=');
  const name = value.slice(0, Math.max(0, equals));
  if (!SYSCTLS.has(name) && !/^(net|fs\.mqueue)\./.test(name))
    throw new Error(`sysctl '${value}' is not allowed`);
}

/** What `--security-opt` options of Docker look like; their values are judged by the engine. */
export function checkSecurityOption(option: string): void {
  const [, name, value] = /^([^=:]*)[=:]([\s\S]*)$/.exec(option) ?? [];
  const isWhole = name === undefined ? option === 'no-new-privileges' : value !== '';
  if (!isWhole) throw new Error(`Invalid --security-opt: ${JSON.stringify(option)}`);
}

/** 'size=10G' → {size: '10G'}. Throws when it is no pair. */
export function parseStorageOptions(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const equals = value.indexOf('=');
      if (equals < 0) throw new Error('invalid storage option');
      return [value.slice(0, equals), value.slice(equals + 1)];
    }),
  );
}
