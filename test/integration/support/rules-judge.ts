/** The rules of ARCHITECTURE.md. Each is a function that returns a sentence for each violation in the present state. */

import { secretNameOf } from '../../../src/accesskey/secret/facts.ts';
import { ANNOTATION_KEY_GENERATION, ANNOTATION_PREVIOUS_KEYS, FINALIZER } from '../../../src/api/names.ts';
import { isExactlyOurs } from '../../../src/ownership/attached-to.ts';
import { decodeMark } from '../../../src/ownership/mark.ts';
import { tagOf } from '../../../src/ownership/names.ts';
import { policyDigest } from '../../../src/provider/documents/canonical.ts';
import { accessInForce } from '../../../src/provider/documents/read-back.ts';
import { MINIO_ACTIONS } from '../../../src/provider/minio/actions.ts';
import type { StoreUser } from '../../../src/provider/provider.ts';
import { isRefusal } from './excuses.ts';
import { isOff, isOurs, isReady, isRetained, keyStates, previousIds, readyOf } from './rules-key-state.ts';
import { pairOf, type State } from './rules-state.ts';
import { spellings } from './secret-spellings.ts';

type Rule = (state: State) => string[];

const pairsWork: Rule = (state) =>
  keyStates(state)
    .filter(({ accessKey }) => isReady(accessKey))
    .flatMap(({ key, secret, policy }) => {
      if (!secret || !pairOf(secret)) return [`${key} is Ready, and its Secret has no pair`];
      const probe = state.probes.get(secret.metadata.uid ?? '');
      if (probe?.kind !== 'works') return [`${key} is Ready, and its pair doesn't work (${probe?.kind})`];
      const { user } = probe;
      if (!user.enabled) return [`${key} is Ready, and its user ${user.accessKeyId} is disabled`];
      return isExactlyOurs(user, policy)
        ? []
        : [`${key} is Ready, and its user ${user.accessKeyId} isn't attached to ${policy} alone`];
    });

const noUserWithoutAccessKey: Rule = (state) => {
  const all = keyStates(state);
  return state.servers.flatMap((server) =>
    [...server.users.values()]
      .filter(({ accessKeyId, policies }) => {
        const owned = all.some((keyState) => keyState.users.some((user) => user.accessKeyId === accessKeyId));
        if (owned || policies.some((policy) => isRetained(server, policy))) return false;
        const made = policies.length === 0 && tagOf(accessKeyId) !== undefined;
        return (
          policies.some((name) => isOurs(state, server, name)) ||
          (made && !server.before.users.has(accessKeyId))
        );
      })
      .map(({ accessKeyId }) => `user ${accessKeyId} belongs to no AccessKey`),
  );
};

const noPolicyWithoutAccessKey: Rule = (state) => {
  const all = keyStates(state);
  return state.servers.flatMap((server) =>
    [...server.policies]
      .filter(([name]) => isOurs(state, server, name) && !isRetained(server, name))
      .filter(([name, { ID = '' }]) => {
        const owner = all.find((keyState) => keyState.server === server && keyState.policy === name);
        return owner?.accessKey.metadata.uid !== decodeMark(String(ID))?.accessKeyUid;
      })
      .map(([name]) => `policy ${name} belongs to no AccessKey`),
  );
};

const attachedToNothingElse: Rule = (state) =>
  keyStates(state).flatMap(({ key, users, policy }) =>
    users
      .filter((user) => user.policies.some((name) => name !== policy) || user.groups.length > 0)
      .map(({ accessKeyId }) => `user ${accessKeyId} of ${key} is attached to more than its policy`),
  );

/**
 * One without a policy may do nothing, and was never published: with a key that is off it waits for its enabling or
 * deletion.
 */
const disabledAsSaid: Rule = (state) =>
  keyStates(state).flatMap((keyState) => {
    const { key, accessKey, users, policy, server } = keyState;
    if (readyOf(accessKey)?.reason === 'Expired') {
      const left = [
        ...users.map(({ accessKeyId }) => accessKeyId),
        ...(server?.policies.has(policy) ? [policy] : []),
      ];
      return left.map((name) => `${key} has expired, and ${name} is still there`);
    }
    if (!isOff(keyState)) return [];
    return users
      .filter(({ enabled, policies }) => enabled && policies.length > 0)
      .map(({ accessKeyId }) => `user ${accessKeyId} of ${key} is enabled, though the key is disabled`);
  });

/**
 * The users that a disabled key left over stay until it publishes another pair; until then all of them are disabled.
 */
const oneCurrentUser: Rule = (state) =>
  keyStates(state).flatMap((keyState) => {
    const { key, accessKey, users } = keyState;
    const current = users
      .filter(({ enabled, policies }) => !isOff(keyState) || (enabled && policies.length > 0))
      .map(({ accessKeyId }) => accessKeyId)
      .filter((id) => !previousIds(accessKey).includes(id));
    return current.length > 1
      ? [`${key} has ${current.length} current users: ${current.sort().join(', ')}`]
      : [];
  });

const threePreviousAtMost: Rule = (state) =>
  keyStates(state).flatMap((keyState) => {
    const { key, accessKey, users } = keyState;
    const count = Math.max(previousIds(accessKey).length, isOff(keyState) ? 0 : users.length - 1);
    return count > 3 ? [`${key} has ${count} previous keys`] : [];
  });

const idsUsedOnce: Rule = ({ record }) => {
  const wrong = new Set<string>();
  const last = new Map<string, string>();
  const first = new Map<string, { key: string; digest: string }>();
  for (const { key, accessKeyId, digest } of record.published) {
    const known = first.get(accessKeyId);
    if (known && (known.key !== key || known.digest !== digest || last.get(key) !== accessKeyId)) {
      wrong.add(`access key id ${accessKeyId} was used twice`);
    }
    first.set(accessKeyId, known ?? { key, digest });
    last.set(key, accessKeyId);
  }
  return [...wrong];
};

const neverRefused: Rule = ({ record }) =>
  record.uses
    .filter(({ outcome, excuse }) => isRefusal(outcome) && excuse === undefined)
    .map(
      ({ key, accessKeyId, outcome, at }) =>
        `${accessKeyId} of ${key} was refused at ${new Date(at).toISOString()} (${outcome}), though it was current or in its grace`,
    );

const finalizerWhileOutside: Rule = (state) =>
  keyStates(state)
    .filter(({ accessKey }) => !accessKey.metadata.finalizers?.includes(FINALIZER))
    .flatMap(({ key, users, mark, accessKey, policy }) => {
      const outside = [
        ...(mark?.accessKeyUid === accessKey.metadata.uid ? [`policy ${policy}`] : []),
        ...users.map(({ accessKeyId }) => `user ${accessKeyId}`),
      ];
      return outside.length > 0 ? [`${key} has no finalizer, but ${outside.join(', ')}`] : [];
    });

const statusIsTrue: Rule = (state) =>
  keyStates(state)
    .filter(({ accessKey }) => isReady(accessKey))
    .flatMap(({ key, accessKey, secret, server, policy, users }) => {
      const { status } = accessKey;
      const annotations = secret?.metadata.annotations ?? {};
      const document = server?.policies.get(policy);
      const stored = document && { mark: String(document['ID']), content: withoutMark(document) };
      const access = stored && accessInForce(stored, MINIO_ACTIONS)?.access;
      const shown = (status.permissions ?? [])
        .filter(({ permissions }) => permissions !== 'none')
        .map(
          ({ bucketName, permissions, prefixes = [] }) =>
            `${bucketName} ${permissions} ${[...prefixes].sort()}`,
        );
      const real =
        access?.kind === 'limited'
          ? access.entries.map(
              (entry) => `${entry.bucketName} ${entry.permissions} ${[...entry.prefixes].sort()}`,
            )
          : ['* unrestricted '];
      const differs: [string, boolean][] = [
        ['accessKeyId', status.accessKeyId !== (secret && pairOf(secret)?.accessKeyId)],
        ['binding', status.binding?.name !== secretNameOf(accessKey)],
        ['keyGeneration', String(status.keyGeneration) !== annotations[ANNOTATION_KEY_GENERATION]],
        [
          'previousKeys',
          JSON.stringify(status.previousKeys ?? []) !== (annotations[ANNOTATION_PREVIOUS_KEYS] ?? '[]'),
        ],
        [
          'previousKeys, of users',
          previousIds(accessKey).some((id) => !users.some((user) => user.accessKeyId === id)),
        ],
        ['policyDigest', document === undefined || policyDigest(document) !== status.policyDigest],
        ['permissions', shown.sort().join() !== real.sort().join()],
      ];
      return differs
        .filter(([, wrong]) => wrong)
        .map(([field]) => `the status of ${key} says what isn't so: ${field}`);
    });

const othersUntouched: Rule = (state) =>
  state.servers.flatMap((server) => {
    const same = (a: StoreUser, b: StoreUser | undefined) =>
      b?.enabled === a.enabled &&
      [...a.policies].sort().join() === [...b.policies].sort().join() &&
      [...a.groups].sort().join() === [...b.groups].sort().join();
    const ours = (policies: readonly string[]) => policies.some((name) => isOurs(state, server, name));
    const users = [...server.before.users.values()]
      .filter(({ policies }) => !ours(policies))
      // Taken over by leave, it is an AccessKey's from then on.
      .filter(({ accessKeyId }) => !ours(server.users.get(accessKeyId)?.policies ?? []))
      .filter((user) => !same(user, server.users.get(user.accessKeyId)))
      .map(({ accessKeyId }) => `user ${accessKeyId} isn't ours, and was changed`);
    const policies = [...server.before.policies]
      .filter(([name]) => !isOurs(state, server, name))
      .filter(([name, document]) => {
        const now = server.policies.get(name);
        return now === undefined || policyDigest(document) !== policyDigest(now);
      })
      .map(([name]) => `policy ${name} isn't ours, and was changed`);
    return [...users, ...policies];
  });

const secretsInSecretsOnly: Rule = ({ secretKeys, texts }) =>
  [...secretKeys].flatMap(([secret, name]) => {
    const looks = spellings(secret);
    return [...texts]
      .filter(([, text]) => looks.some((look) => text.includes(look)))
      .map(([server]) => `${name} is in ${server}`);
  });

const RULES: readonly Rule[] = [
  pairsWork,
  noUserWithoutAccessKey,
  noPolicyWithoutAccessKey,
  attachedToNothingElse,
  disabledAsSaid,
  oneCurrentUser,
  threePreviousAtMost,
  idsUsedOnce,
  neverRefused,
  finalizerWhileOutside,
  statusIsTrue,
  othersUntouched,
  secretsInSecretsOnly,
];

/** Everything that is wrong with what there is, a sentence each. */
export function violations(state: State): string[] {
  return RULES.flatMap((rule) => rule(state));
}

function withoutMark({ ID: _, ...content }: Readonly<Record<string, unknown>>) {
  return content;
}
