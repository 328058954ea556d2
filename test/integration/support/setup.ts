/**
 * A bed for each worker of a run, for all the integration tests that it runs: vitest's globalSetup, in its own process.
 */
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildBundle } from '../../../scripts/build.ts';
import { type Bed, type BedData, bedData, startBed } from '../../bed/bed.ts';
import { BUNDLED_PROGRAMS, useBundles } from '../../bed/bundles.ts';
import { findPrograms, OF_THE_TESTS } from '../../bed/programs.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The number of files that run concurrently. */
    workers: number;
    /** One for each of them: a file's operator works on the whole of its bed. */
    beds: readonly BedData[];
  }
}

const beds: Bed[] = [];
/** The servers of the beds collect garbage less often: the API server takes a fifth less CPU time, and more memory. */
const GOGC = '400';
/**
 * The MinIO that the files of a worker share. Each start of an operator reads its list of users, and each judge of a
 * test. With Argon2id a list takes 150 ms of CPU on both sides. Files that start a MinIO of their own have Argon2id.
 */
const SHARED_MINIO = 'minio-fips';

export async function setup(project: TestProject): Promise<void> {
  // All that the tests run is built here, where nobody's time runs out.
  await findPrograms(OF_THE_TESTS, console.log);
  const started = performance.now();
  process.env['GOGC'] ??= GOGC;
  const { workers } = project.getProvidedContext();
  const start = () => startBed({ log: console.log, minio: SHARED_MINIO });
  beds.push(...(await Promise.all(Array.from({ length: workers }, start))));
  const operators = join(beds[0]?.folder ?? '', 'operators');
  await buildBundle(operators, BUNDLED_PROGRAMS);
  useBundles(operators);
  project.provide('beds', beds.map(bedData));
  console.log(`bed: ${beds.length} up in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

export async function teardown(): Promise<void> {
  await Promise.all(beds.map((bed) => bed.stop()));
}
