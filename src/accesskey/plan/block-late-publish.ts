import { hash } from 'node:crypto';
import { ANNOTATION_PUBLISH_BLOCK } from '../../api/names.ts';
import type { Observed, ObservedSecret } from '../observe/observed.ts';
import { previousKeysOf } from '../secret/previous-record.ts';
import type { Step } from './step.ts';
import { isRemovable } from './whose-user.ts';

/**
 * Returns the steps that write this AccessKey's Secrets before the operator removes users that were never
 * published (rule 3). A process that was frozen after creating such a user holds an old resourceVersion, so
 * its late publish fails. The function skips a Secret that has already recorded these users. If there is no
 * Secret yet, the publish is a create, which fails without this step.
 * @param removals steps, of which those that remove a user count
 * @param secrets the Secrets that the plan doesn't write anyway before the removals
 */
export function blockLatePublish(
  o: Observed,
  removals: readonly Step[],
  secrets: readonly (ObservedSecret | undefined)[] = [o.secret, ...o.elsewhere],
): Step[] {
  const ids = removals
    .flatMap((step) => (step.do === 'removeUser' ? [step.accessKeyId] : []))
    .filter((id) => !wasPublished(o, id));
  if (ids.length === 0) return [];
  const digest = hash('sha256', ids.sort().join(','), 'base64url');
  return secrets
    .filter((secret) => secret !== undefined)
    .filter(
      (secret) =>
        isOwn(o, secret) && secret.facts.metadata.annotations?.[ANNOTATION_PUBLISH_BLOCK] !== digest,
    )
    .map((secret) => ({
      do: 'blockLatePublish',
      secret,
      digest,
      why: 'an unpublished user is removed, so a late publication of it must fail',
    }));
}

/**
 * Returns the removals in a safe order: users that were never published come last, after the steps that block
 * their late publish.
 */
export function inSafeOrder(o: Observed, removals: readonly Step[]): Step[] {
  const unpublished = (step: Step) => step.do === 'removeUser' && !wasPublished(o, step.accessKeyId);
  const last = removals.filter(unpublished);
  return [...removals.filter((step) => !unpublished(step)), ...blockLatePublish(o, last), ...last];
}

/**
 * True if a Secret or the status names the user: the write that published it has changed the Secret's
 * version.
 */
export function wasPublished({ accessKey: { status }, secret, elsewhere }: Observed, id: string): boolean {
  const all = [secret, ...elsewhere].filter((some) => some !== undefined);
  const own = all.filter(({ ownership }) => ownership !== 'foreign');
  return (
    status.accessKeyId === id ||
    (status.previousKeys ?? []).some((key) => key.accessKeyId === id) ||
    own.some(
      ({ facts }) =>
        facts.accessKeyId === id || previousKeysOf(facts).some((previous) => previous.accessKeyId === id),
    )
  );
}

function isOwn(o: Observed, { ownership, pair }: ObservedSecret): boolean {
  return ownership === 'controlled' || (ownership === 'unowned' && isRemovable(o, pair?.accessKeyId ?? ''));
}
