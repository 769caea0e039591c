import { defineConfig } from 'vitest/config';

const shared = { environment: 'node', testTimeout: 30_000, hookTimeout: 60_000 } as const;

/** Three suites: `unit` is quick and needs nothing outside the tree; `real` starts real parts; `desks` clicks through the screens. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: ['node_modules/**', 'out/**', 'test/e2e/**'],
        },
      },
      {
        test: {
          ...shared,
          name: 'real',
          include: ['test/e2e/*.real.test.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...shared,
          name: 'desks',
          include: ['test/e2e/*.desks.test.ts'],
          testTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
