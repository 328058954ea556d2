/** The operator is killed at random, again and again, while keys come, change and go: nothing is lost, and nobody is refused who shouldn't be. */
import { afterAll, expect, test } from 'vitest';
import { churning } from '../support/churn.ts';
import { notYetEnabled } from '../support/excuses.ts';
import { fixtures } from '../support/fixtures.ts';
import { killing } from '../support/killing.ts';
import { watchPairs } from '../support/pair-watcher.ts';
import { rulesFor } from '../support/rules.ts';
import { seeded } from '../support/seeded-random.ts';

const KILLS = 50;
const KEYS = 50;
const MAX_MS = 50_000;
/** Also on a machine that is so busy that this takes longer. */
const MIN_KILLS = 10;

const churn = await fixtures('churn', { addsFinalizers: true });
const { bed } = churn;
afterAll(churn.end);

test(`every rule holds for keys that churn while the operator is killed up to ${KILLS} times`, async () => {
  const random = seeded(process.env['CHURN_SEED'] ? Number(process.env['CHURN_SEED']) : undefined);
  console.log(`CHURN_SEED=${random.seed}`);
  const [store, namespace] = await Promise.all([churn.store(), churn.namespace()]);
  const watcher = await watchPairs(bed, bed.minio, namespace, {
    everyMs: 500,
    excuse: (refused) => notYetEnabled(store.admin, churn.cluster, refused),
  });
  const output: string[] = [];
  const rules = await rulesFor(churn, {
    stores: [store],
    namespaces: [namespace],
    watchers: [watcher],
    output: () => output,
  });
  const keys = churning(churn, { stores: [store], namespace, keys: KEYS, random });
  const over = new AbortController();
  const running = keys.run(25, over.signal);
  const until = performance.now() + MAX_MS;
  const kills = await killing({
    bed,
    kubeconfig: await bed.kubeconfig(),
    random: seeded(random.seed + 1),
    enough: (count) => count >= KILLS || (count >= MIN_KILLS && performance.now() > until),
    onOutput: (lines) => output.push(...lines),
  });
  over.abort();
  await running;
  const last = await churn.operator();
  await keys.settle(60_000);
  output.push(...last.output);
  await rules.hold();
  console.log(
    `${kills} kills; ${[...keys.changes].map(([kind, count]) => `${count} ${kind}`).join(', ')}; ` +
      `${watcher.published.length} pairs published, ${watcher.uses.length} requests with them`,
  );
  expect(kills).toBeGreaterThanOrEqual(MIN_KILLS);
  expect(watcher.published.length).toBeGreaterThan(MIN_KILLS);
  await watcher.stop();
}, 240_000);
