import { defineConfig } from 'vitest/config';

/** What is waited for comes when the machine has time: a deadline only ends a test that hangs. */
const PATIENCE = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 60_000, interval: 50 } },
};
const shared = { environment: 'node' as const, include: [] as string[], restoreMocks: true, ...PATIENCE };

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['**/*.e2e.test.{ts,tsx}'],
        },
      },
      {
        // Real containers, registries and networks: one file at a time, so that figures and clean-up checks are not disturbed.
        test: {
          ...shared,
          name: 'e2e',
          sequence: { groupOrder: 1 },
          include: ['test/**/*.e2e.test.{ts,tsx}'],
          pool: 'forks',
          fileParallelism: false,
        },
      },
    ],
  },
});
