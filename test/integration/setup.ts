/** One bed for all integration tests of a run: vitest's globalSetup, in vitest's own process. */
import type { TestProject } from 'vitest/node';
import { type Bed, type BedData, bedData, startBed } from '../bed/bed.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    bed: BedData;
  }
}

let bed: Bed | undefined;

export async function setup(project: TestProject): Promise<void> {
  const started = performance.now();
  bed = await startBed({ log: console.log });
  project.provide('bed', bedData(bed));
  console.log(`bed: up in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

export async function teardown(): Promise<void> {
  await bed?.stop();
}
