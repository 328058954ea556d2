import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Context } from '../context/context.ts';
import { verdictOf } from '../context/granted.ts';
import type { End, RunningPass } from '../context/running.ts';
import { knownStore } from '../context/stores.ts';
import { isPaused, restingReason } from '../rotation/lifetime.ts';
import { isRetainable } from './retained.ts';

/** The order of the ends: only a more severe one overtakes a pass. */
const SEVERITY: Readonly<Record<End, number>> = { none: 0, disabled: 1, revoked: 2 };

type Caches = Pick<Context, 'stores' | 'namespaceCache' | 'now'>;

/**
 * Returns how the AccessKey ends by what is known of it now.
 * @param pass the running pass. It must not put into force what the grants no longer give to its spec
 * @param newest the newest version of the AccessKey; undefined if it is gone
 */
export function endOf(
  ctx: Caches,
  { accessKey }: Pick<RunningPass, 'accessKey'>,
  newest: AccessKey | undefined,
): End {
  if (!newest || newest.metadata.uid !== accessKey.metadata.uid) return 'revoked';
  const view = ctx.stores.view(newest);
  if (newest.metadata.deletionTimestamp) return isRetainable(ctx, newest, view) ? 'none' : 'revoked';
  const resting = restingReason(newest, ctx.now());
  if (resting === 'Expired') return 'revoked';
  if (resting === 'Disabled' && !isPaused(newest)) return 'disabled';
  const known = knownStore(view);
  return known && !verdictOf(ctx, known, accessKey).granted ? 'disabled' : 'none';
}

/**
 * True if the key has ended since its running pass began, and the pass doesn't bring that end about. Such a
 * pass may wait for minutes for a slow store or for the API server, and the end must not (rule 15). Other
 * changes wait for the pass: what it has begun isn't lost.
 */
export function isOvertaken(ctx: Caches & Pick<Context, 'running' | 'accessKeyCache'>, key: string): boolean {
  const pass = ctx.running.get(key);
  return pass !== undefined && SEVERITY[endOf(ctx, pass, ctx.accessKeyCache.get(key))] > SEVERITY[pass.end];
}
