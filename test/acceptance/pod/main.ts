/**
 * `npm run test:pod`: the image from the Dockerfile, installed by the chart, in pods of a real kubelet. Says "skipped"
 * and why if it can't run. Started by `npm test` (in-the-run.ts) it prepares everything first, and waits for its turn.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type Counts, closingLine } from '../../outcome.ts';
import { makeFolder } from './folder.ts';
import { installMinio } from './minio.ts';
import { objectionTo, thisMachine } from './needs.ts';
import { startNode } from './node.ts';
import { prepare } from './prepare.ts';
import { stepBack } from './priority.ts';
import { podSteps } from './steps.ts';

/** The messages of `npm test` and this process. */
export type Message = { readonly prepared: true } | { readonly outcome: Counts };

const inBackground = process.send !== undefined;
const say = inBackground
  ? rarely((line) => console.log(`pod: ${line}`))
  : (line: string) => console.log(`pod: ${line}`);

/** A build says every ten seconds how long it has taken: between other tests' lines, once a minute is enough. */
function rarely(write: (line: string) => void): (line: string) => void {
  const last = new Map<string, number>();
  return (line) => {
    const what = line.replaceAll(/\d+ s$/g, '');
    const now = performance.now();
    if (now - (last.get(what) ?? Number.NEGATIVE_INFINITY) < 60_000) return;
    last.set(what, now);
    write(line);
  };
}

function skipped(why: string): Counts {
  console.log(`pod: skipped: ${why}`);
  return { passed: 0, failed: 0, skipped: 1 };
}

async function main(turn: Promise<unknown> | undefined): Promise<Counts> {
  const machine = thisMachine();
  const objection = objectionTo(machine);
  if (objection !== undefined) return skipped(objection);
  const folder = await makeFolder();
  const returnFromBehind = inBackground ? stepBack(folder.name) : () => {};
  try {
    const prepared = await prepare({ machine, folder: folder.path, others: turn, say });
    if (typeof prepared === 'string') return skipped(prepared);
    if (turn !== undefined) say('everything is prepared');
    process.send?.({ prepared: true } satisfies Message);
    await turn;
    returnFromBehind();
    say('a node: control plane, containerd, kubelet');
    const root = { user: 'root', password: randomBytes(20).toString('hex') };
    const cluster = await startNode(folder.path, prepared);
    const store = await installMinio(cluster, root);
    return { ...(await podSteps(cluster, store)), skipped: 0 };
  } finally {
    returnFromBehind();
    await folder.remove();
  }
}

// What was started, and the folder, go with this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
process.on('disconnect', () => process.exit(130));
// The other tests have ended then.
const turn = inBackground ? once(process, 'message') : undefined;
const outcome = await main(turn).catch((error: Error): Counts => {
  console.log(`pod: FAILED: ${error.message}`);
  return { passed: 0, failed: 1, skipped: 0 };
});
process.exitCode = outcome.failed === 0 ? 0 : 1;
if (inBackground) process.send?.({ outcome } satisfies Message, () => process.exit());
else console.log(`\n${closingLine([outcome])}`);
