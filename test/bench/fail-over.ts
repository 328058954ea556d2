/** Two replicas, and what the second one does once the first has gone. */
import { OPERATOR } from '../bed/install.ts';
import { SWEPT } from '../bed/sweeps.ts';
import { requestsBetween } from './requests.ts';
import type { Stage } from './stage.ts';
import { startWatched } from './watched-operator.ts';

/** From the end of the first one, on a clean stop, until the second one is quiet again. */
export async function measureFailOver(stage: Stage): Promise<Record<string, number>> {
  const replica = (name: string, leads: boolean) =>
    startWatched(stage, {
      leads,
      args: [
        '--leader-elect=true',
        `--leader-election-namespace=${OPERATOR.namespace}`,
        `--leader-election-identity=${name}`,
      ],
    });
  const first = await replica('first', true);
  await first.quiet();
  const second = await replica('second', false);
  await second.quiet();
  const [standby, before] = [await second.usage(), await second.requests()];
  await second.longestBlockMs();
  const leading = second.line('leading');
  const swept = second.line(SWEPT);
  await first.kill();
  const endedAt = performance.now();
  await leading;
  const leadingMs = performance.now() - endedAt;
  await swept;
  const sweptMs = performance.now() - endedAt;
  await second.quiet();
  const blockMs = await second.longestBlockMs();
  const usage = await second.usage();
  const requests = requestsBetween(before, await second.requests());
  await second.kill();
  return {
    failOverLeading: leadingMs / 1_000,
    failOverSwept: sweptMs / 1_000,
    failOverCpu: (usage.cpuMs - standby.cpuMs) / 1_000,
    failOverPeak: usage.peakRssMib,
    failOverBlock: blockMs,
    failOverWrites: requests.kubeWrites + requests.storeWrites,
    failOverStore: requests.store - requests.policyReads,
    standbyRss: standby.rssMib,
  };
}
