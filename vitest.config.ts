import { defineConfig } from 'vitest/config';

/** As many beds as run files at once: each worker has one to itself (test/integration/setup.ts). */
const WORKERS = 2;

export default defineConfig({
  test: {
    maxWorkers: WORKERS,
    projects: [
      // Properties take some seconds on a machine that is busy.
      {
        test: { name: 'unit', maxWorkers: WORKERS, include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        test: {
          name: 'integration',
          maxWorkers: WORKERS,
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/integration/setup.ts'],
          provide: { workers: WORKERS },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
