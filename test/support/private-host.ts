/** A network namespace that stands for a machine of its own, and another one outside of it; they share a wire. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';

/** From the documentation's address block (RFC 5737). */
const HOST_ADDRESS = '192.0.2.1';
const OUTSIDE_ADDRESS = '192.0.2.2';

export interface PrivateHost {
  /** its address towards the outside */
  readonly address: string;
  readonly outsideAddress: string;
  /** runs a program on the machine */
  readonly wrapper: readonly string[];
  /** runs a program outside */
  readonly outside: readonly string[];
  /** `iptables-save` lines and interfaces that the machine has now */
  traces(): string[];
  close(): void;
}

const run = (file: string, ...args: string[]) => execFileSync(file, args, { encoding: 'utf8' });

/** The machine's route to everywhere leads outside. Outside has no route back: only translated addresses get answers. */
export function openPrivateHost(): PrivateHost {
  removeAbandoned();
  const id = `${process.pid}-${randomBytes(3).toString('hex')}`;
  const [inner, outer] = [`bt-${id}-h`, `bt-${id}-o`];
  const enter = (name: string) => ['nsenter', `--net=/run/netns/${name}`];
  const at = (name: string, ...args: string[]) => run('nsenter', `--net=/run/netns/${name}`, ...args);
  for (const name of [inner, outer]) {
    run('ip', 'netns', 'add', name);
    at(name, 'ip', 'link', 'set', 'lo', 'up');
  }
  at(inner, 'ip', 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', outer);
  at(inner, 'ip', 'address', 'add', `${HOST_ADDRESS}/24`, 'dev', 'wire');
  at(outer, 'ip', 'address', 'add', `${OUTSIDE_ADDRESS}/24`, 'dev', 'wire');
  for (const name of [inner, outer]) at(name, 'ip', 'link', 'set', 'wire', 'up');
  at(inner, 'ip', 'route', 'add', 'default', 'via', OUTSIDE_ADDRESS);
  return {
    address: HOST_ADDRESS,
    outsideAddress: OUTSIDE_ADDRESS,
    wrapper: enter(inner),
    outside: enter(outer),
    traces: () =>
      [
        ...at(inner, 'ip', '-o', 'link')
          .split('\n')
          .filter((line) => !/ (lo|wire)[:@]/.test(line)),
        ...at(inner, 'iptables-save')
          .split('\n')
          .filter((line) => line.startsWith('-A ')),
      ].filter((line) => line !== ''),
    close() {
      for (const name of [inner, outer]) run('ip', 'netns', 'delete', name);
    },
  };
}

/** What tests that were killed could not close. */
function removeAbandoned(): void {
  for (const name of existsSync('/run/netns') ? readdirSync('/run/netns') : []) {
    const [, pid] = /^bt-(\d+)-[0-9a-f]{6}-[ho]$/.exec(name) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) run('ip', 'netns', 'delete', name);
  }
}
