import { describe, expect, it } from 'vitest';
import { foldSeccomp, parseSeccompProfile, type SeccompTarget } from '../../../src/engine/runtime/seccomp.ts';
import profile from '../../../src/engine/runtime/seccomp-default.json' with { type: 'json' };

const fold = (change: Partial<SeccompTarget> = {}) =>
  foldSeccomp(profile, { goArch: 'amd64', kernel: [6, 1], capabilities: [], ...change });
const allowed = (name: string, change?: Partial<SeccompTarget>) =>
  fold(change).syscalls.filter(({ names, action }) => names.includes(name) && action === 'SCMP_ACT_ALLOW');

describe('the default seccomp profile', () => {
  it('keeps only the architecture of this machine', () => {
    expect(fold().architectures).toEqual(['SCMP_ARCH_X86_64']);
    expect(fold({ goArch: 'arm64' }).architectures).toEqual(['SCMP_ARCH_AARCH64']);
    expect(allowed('arch_prctl')).toHaveLength(1);
    expect(allowed('arch_prctl', { goArch: 'arm64' })).toHaveLength(0);
  });

  it('opens calls for capabilities', () => {
    expect(allowed('mount')).toHaveLength(0);
    expect(allowed('mount', { capabilities: ['CAP_SYS_ADMIN'] })).toHaveLength(1);
    expect(allowed('clone')[0]!.args).toBeDefined();
    expect(allowed('clone', { capabilities: ['CAP_SYS_ADMIN'] }).some(({ args }) => args === undefined)).toBe(
      true,
    );
    expect(fold().syscalls.find(({ names }) => names.includes('clone3'))).toMatchObject({
      action: 'SCMP_ACT_ERRNO',
      errnoRet: 38,
    });
  });

  it('opens ptrace only on kernels where it is safe', () => {
    expect(allowed('ptrace')).toHaveLength(1);
    expect(allowed('ptrace', { kernel: [4, 7] })).toHaveLength(0);
  });

  it("refuses the kernel's crypto sockets: address family 38 is in no rule", () => {
    const rules = allowed('socket');
    expect(rules.every(({ args }) => args?.length === 1)).toBe(true);
    const matches = (family: number) =>
      rules.some(({ args }) => {
        const { op, value } = args![0]!;
        return op === 'SCMP_CMP_LT'
          ? family < value
          : op === 'SCMP_CMP_GT'
            ? family > value
            : family === value;
      });
    expect([2, 10, 39].map(matches)).toEqual([true, true, true]);
    expect([38, 40].map(matches)).toEqual([false, false]);
  });

  it('merges rules into few big ones', () => {
    expect(fold().syscalls.length).toBeLessThan(14);
  });

  it('refuses a profile that is none', () => {
    expect(() => parseSeccompProfile('{')).toThrow('Decoding seccomp profile failed');
    expect(() => parseSeccompProfile('{}')).toThrow('defaultAction is missing');
  });

  it.each([
    [{ syscalls: [{ name: 'a', names: ['b'], action: 'SCMP_ACT_ERRNO' }] }, "either 'name' or 'names'"],
    [{ architectures: ['SCMP_ARCH_X86'], archMap: [{}] }, "either 'architectures' or 'archMap'"],
  ])('refuses both spellings at once: %j', (parts, says) => {
    const profile = { defaultAction: 'SCMP_ACT_ALLOW', ...parts };
    expect(() => parseSeccompProfile(JSON.stringify(profile))).toThrow(says);
  });
});
