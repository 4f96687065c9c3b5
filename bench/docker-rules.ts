/** Takes back what a stopped dockerd leaves on the machine: its bridge, its chains and rules. */
import { existsSync } from 'node:fs';
import { run } from './measure.ts';

export async function removeDockerNetwork(): Promise<void> {
  if (existsSync('/sys/class/net/docker0')) await run(['ip', 'link', 'delete', 'docker0']);
  if (!existsSync('/usr/sbin/iptables-save')) return;
  for (const table of (await run(['iptables-save'])).split(/^(?=\*)/m)) {
    const name = /^\*(\w+)/.exec(table)?.[1];
    if (name === undefined || !/docker/i.test(table)) continue;
    const rules = table.split('\n');
    const own = rules.flatMap((rule) => /^:(DOCKER\S*)/.exec(rule)?.[1] ?? []);
    for (const rule of rules.filter((text) => /^-A (?!DOCKER).*docker/i.test(text)))
      await run(['iptables', '-t', name, ...rule.replace('-A', '-D').split(' ')]);
    for (const flag of ['-F', '-X'])
      for (const chain of own) await run(['iptables', '-t', name, flag, chain]);
  }
}
