/** A start that doesn't come to its end leaves nothing open: the process ends without being told to. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { installLeaseRole } from '../../bed/install.ts';
import { startOperator } from '../../bed/operator.ts';
import { type BedContext, bedContext } from '../support/bed-context.ts';

const ENTRY = join(import.meta.dirname, '..', 'support', 'operator-interrupted.ts');
/** The last Events have a second, and a request that isn't answered has its time. */
const ENDS_WITHIN_MS = 20_000;

let context: BedContext;
beforeAll(async () => {
  context = await bedContext();
});

/** Starts it, interrupted there, and gives what came of it once its process has ended. */
async function interrupted(at: string, by: string, env: Readonly<Record<string, string>> = {}) {
  const { bed } = context;
  const namespace = await context.namespace('interrupted');
  await installLeaseRole(bed.api, namespace);
  const operator = await startOperator({
    bed,
    kubeconfig: await bed.kubeconfig(),
    entry: ENTRY,
    env: {
      ...env,
      INTERRUPT_AT: at,
      INTERRUPT_BY: by,
      ACCESSKEYS_LEADER_ELECT: 'true',
      ACCESSKEYS_LEADER_ELECTION_NAMESPACE: namespace,
    },
  });
  operator.ready.catch(() => {});
  operator.httpUrl.catch(() => {});
  const open = new Promise<'open'>((resolve) => setTimeout(resolve, ENDS_WITHIN_MS, 'open').unref());
  const ended = await Promise.race([operator.exited.then(({ code }) => code), open]);
  if (ended === 'open') await operator.kill('SIGKILL');
  return { ended, said: operator.output.at(-1) };
}

test.each([
  ['serving', 'error'],
  ['ready', 'error'],
  ['leading', 'random'],
])('a failure after "%s" (%s) ends all that is open', async (at, by) => {
  expect(await interrupted(at, by)).toEqual({ ended: 0, said: 'it failed: interrupted' });
});

test.each(['serving', 'ready', 'leading'])(
  'the end of the signal at "%s" ends all that is open',
  async (at) => {
    expect(await interrupted(at, 'signal')).toEqual({ ended: 0, said: 'it resolved' });
  },
);

test('an address that is taken ends what was made before it', async () => {
  const { bed } = context;
  const first = await startOperator({
    bed,
    kubeconfig: await bed.kubeconfig(),
    args: ['--leader-elect=false'],
  });
  const address = new URL(await first.httpUrl).host;
  const { ended, said } = await interrupted('', '', { ACCESSKEYS_HTTP_ADDRESS: address });
  expect([ended, said]).toEqual([0, expect.stringContaining('--http-address')]);
  await first.kill();
});
