import { defineConfig } from 'vitest/config';

const shared = { environment: 'node' as const, include: [] as string[], restoreMocks: true };

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
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
