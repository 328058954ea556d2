import { isExactlyOurs } from '../../ownership/attached-to.ts';
import type { Pair } from '../../provider/provider.ts';
import type { Observed } from '../observe/observed.ts';
import { askedVerdict } from '../policy/desired-policy.ts';
import { secretNameOf } from '../secret/facts.ts';
import { blocked, type Plan } from './step.ts';

/**
 * Returns the pair that spec.importFrom names if the operator may take it over, once, or else the plan that
 * says why not. The AccessKey's author must hold the user's working secret, in a namespace that the store
 * lets import. The operator never takes over a user of an AccessKey of any cluster, its own user, or one that
 * has rights by a group or a parent.
 */
export function importedPair(o: Observed): Pair | Plan {
  const from = o.importFrom;
  if (o.store.capabilities.notSupported.includes('importFrom')) {
    return blocked(
      'NotSupported',
      `${o.store.title} can't take over existing users, which spec.importFrom asks for; remove the AccessKey, and make it again without importFrom`,
    );
  }
  const refuse = (why: string): Plan => blocked('ImportRefused', `Secret ${from?.secretName}: ${why}`);
  const verdict = askedVerdict(o.accessKey, o.grants);
  if (!verdict.mayImport) {
    return blocked(
      'GrantDenied',
      `${o.store.title} does not grant namespace ${o.accessKey.metadata.namespace} to take over existing users (importFrom); ` +
        'ask its administrator for a grant with allowImport: true',
    );
  }
  if (from?.secretName === secretNameOf(o.accessKey)) {
    return refuse('this AccessKey would write it; set spec.secretName to another name');
  }
  if (!from?.found) return refuse('it does not exist; create it with the pair to take over');
  if (!from.pair) return refuse('it lacks AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY');
  if (from.isStoresOwn) return refuse('it names the user with which the operator manages the store');
  if (!from.user) {
    // The message names no values: if somebody swapped id and secret, the id is a secret.
    return refuse(
      `${o.store.title} has no user with the id under AWS_ACCESS_KEY_ID; root and service accounts can't be taken over, and id and secret must not be swapped`,
    );
  }
  const { accessKeyId } = from.pair;
  if (!from.user.enabled) return refuse(`user ${accessKeyId} is disabled; enable it first`);
  if (from.user.groups.length > 0) return refuse(`user ${accessKeyId} is in a group; take it out first`);
  if (from.ofAnAccessKey && !isExactlyOurs(from.user, o.policyName)) {
    return refuse(`user ${accessKeyId} belongs to an AccessKey already`);
  }
  if (from.proof?.kind !== 'works' && from.proof?.kind !== 'unproven') {
    return refuse(
      `the store does not accept its pair for user ${accessKeyId}; put the working pair into the Secret`,
    );
  }
  return from.pair;
}
