/** The expected verdicts of the tools, in few words. */
import type { TestContext } from 'vitest';
import { verdicts, verdictsObjection } from './verdicts.ts';

/** The verdicts of kstatus, Argo CD and Flux, in this order. */
export type Judgement = readonly [kstatus: string, argo: string, flux: string];
export const CURRENT: Judgement = ['Current', 'Healthy', 'Current'];
export const WAITING: Judgement = ['InProgress', 'Progressing', 'InProgress'];
export const FAILED: Judgement = ['Failed', 'Degraded', 'Failed'];
/** The verdicts on an AccessKey that is disabled, expired or paused. */
export const RESTING: Judgement = ['Failed', 'Suspended', 'Current'];
export const TERMINATING: Judgement = ['Terminating', 'Progressing', 'InProgress'];

/** The timeout of a test that builds the program, in ms. */
export const BUILD_MS = 300_000;

/** Judges named objects in one go. @returns the judgement of each by its name */
export async function judged(objects: Readonly<Record<string, object>>): Promise<Record<string, Judgement>> {
  const names = Object.keys(objects);
  const all = await verdicts(Object.values(objects));
  return Object.fromEntries(
    all.map(({ kstatus, argo, flux }, i) => [names[i] ?? '', [kstatus, argo.status, flux]]),
  );
}

/** Skips the test, and says why, if the program can't be built. */
export async function needsGo({ skip }: TestContext): Promise<void> {
  const objection = await verdictsObjection();
  if (objection === undefined) return;
  console.log(`skipped: ${objection}`);
  skip(objection);
}
