import { availableParallelism, totalmem } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/** A bed with its operator takes about a core and some 1.5 GiB. */
const WORKER_BYTES = 3 * 1024 ** 3;

/**
 * How many files run at once: three on two cores, since a file waits for a third of its time. Each worker has a bed to
 * itself (test/integration/support/setup.ts).
 */
const WORKERS =
  Number(process.env['TEST_WORKERS']) ||
  Math.max(1, Math.min(Math.ceil(1.5 * availableParallelism()), Math.floor(totalmem() / WORKER_BYTES), 8));

export default defineConfig({
  test: {
    maxWorkers: WORKERS,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          // No test of a unit changes what another one sees: the files of a worker share their modules.
          isolate: false,
          maxWorkers: WORKERS,
          include: ['test/unit/**/*.test.ts'],
          // Properties take their time on a machine that does something else too, and no unit test is timed.
          testTimeout: 900_000,
        },
      },
      {
        test: {
          name: 'integration',
          // A file takes half a second less of CPU if its modules are there. It finds nothing else of an earlier one.
          isolate: false,
          setupFiles: ['test/integration/support/end-of-file.ts'],
          maxWorkers: WORKERS,
          include: [
            'test/integration/**/*.test.ts',
            'test/conformance/**/*.test.ts',
            'test/acceptance/**/*.test.ts',
          ],
          globalSetup: ['test/integration/support/setup.ts'],
          provide: { workers: WORKERS },
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { interval: 100 } },
        },
      },
      // Only by `npm run soak`, which says for how long.
      ...(process.env['SOAK_MINUTES']
        ? [
            {
              test: {
                name: 'soak',
                setupFiles: ['test/integration/support/end-of-file.ts'],
                maxWorkers: 1,
                include: ['test/soak/**/*.test.ts'],
                globalSetup: ['test/integration/support/setup.ts'],
                provide: { workers: 1 },
                testTimeout: Number(process.env['SOAK_MINUTES']) * 60_000 + 1_800_000,
                hookTimeout: 600_000,
              },
            },
          ]
        : []),
    ],
  },
});
