import { readyOf } from '../../api/conditions.ts';
import { REASONS } from '../../api/reasons.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { about, type Diagnosis } from './finding.ts';

const SHOWN = 5;
/** Somebody wanted it so. */
const WANTED = ['Disabled', 'Expired', 'Paused'];

/** Keys that aren't Ready, by reason, with that reason's own remedy. */
export function keyDiagnoses(keys: readonly AccessKey[]): Diagnosis[] {
  const { ok, warning, problem } = about('keys');
  const notReady = keys.filter((key) => readyOf(key)?.status !== 'True');
  const byReason = Map.groupBy(notReady, (key) => readyOf(key)?.reason ?? '');
  const found = [...byReason].map(([reason, some]) => {
    const names = some.slice(0, SHOWN).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    const list = `${names.join(', ')}${some.length > SHOWN ? ` and ${some.length - SHOWN} more` : ''}`;
    if (reason === '')
      return problem(
        `the operator has not reconciled ${list}`,
        'check that it runs, and which namespaces it watches',
      );
    const known = Object.hasOwn(REASONS, reason) ? REASONS[reason as keyof typeof REASONS] : undefined;
    const message = `${some.length} not Ready, ${reason}: ${known?.means ?? ''} ${list}`;
    const remedy = known?.remedy ?? 'kubectl accesskey show says why';
    return WANTED.includes(reason) ? ok(message) : (some.length > 0 ? problem : warning)(message, remedy);
  });
  const ready = ok(`${keys.length - notReady.length} of ${keys.length} are Ready`);
  return [ready, ...found];
}
