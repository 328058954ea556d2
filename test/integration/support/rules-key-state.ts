/** An AccessKey with its Secret, its policy and its users. */

import { secretNameOf } from '../../../src/accesskey/secret/facts.ts';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import { decodeMark, type Mark } from '../../../src/ownership/mark.ts';
import { accessKeyTag, policyName, policyNamePrefix, tagOf } from '../../../src/ownership/names.ts';
import type { StoreUser } from '../../../src/provider/provider.ts';
import type { KubeObject } from '../../bed/api.ts';
import { nameOf, type ServerState, type State } from './rules-state.ts';

/** An AccessKey and all that is its own. */
export interface KeyState {
  readonly key: string;
  readonly accessKey: AccessKey;
  readonly secret: KubeObject | undefined;
  readonly server: ServerState | undefined;
  readonly policy: string;
  readonly mark: Mark | undefined;
  /** Attached to its policy, or to nothing with its tag. */
  readonly users: readonly StoreUser[];
}

export function keyStates({ cluster, accessKeys, secrets, servers }: State): KeyState[] {
  return accessKeys.map((accessKey) => {
    const { kind, name } = accessKey.spec.storeRef;
    const server = servers.find(({ stores }) => stores.has(`${kind} ${name}`));
    const policy = policyName(cluster, accessKey.metadata.namespace, accessKey.metadata.name);
    const tag = accessKeyTag(policy);
    const document = server?.policies.get(policy);
    return {
      key: nameOf(accessKey),
      accessKey,
      secret: secrets.find(
        ({ metadata }) =>
          metadata.namespace === accessKey.metadata.namespace && metadata.name === secretNameOf(accessKey),
      ),
      server,
      policy,
      mark: document && decodeMark(String(document['ID'] ?? '')),
      users: [...(server?.users.values() ?? [])].filter(
        (user) =>
          user.policies.includes(policy) ||
          (tagOf(user.accessKeyId) === tag && user.policies.length + user.groups.length === 0),
      ),
    };
  });
}

export function readyOf({ metadata, status }: AccessKey) {
  const condition = status.conditions?.find(({ type }) => type === 'Ready');
  return status.observedGeneration === metadata.generation ? condition : undefined;
}

export const isReady = (accessKey: AccessKey) =>
  readyOf(accessKey)?.status === 'True' && accessKey.metadata.deletionTimestamp === undefined;

/** True if the policy belongs to an AccessKey of the judged namespaces, or to nobody who was there before. */
export function isOurs({ cluster, namespaces }: State, { before }: ServerState, policy: string): boolean {
  const prefix = policyNamePrefix(cluster);
  if (!policy.startsWith(prefix)) return false;
  const namespace = policy.slice(prefix.length).split('.')[0] ?? '';
  return namespaces.has(namespace) || !before.policies.has(policy);
}

/** Marked as left by leave, so that it outlives its AccessKey. */
export function isRetained({ policies }: ServerState, policy: string): boolean {
  return decodeMark(String(policies.get(policy)?.['ID'] ?? ''))?.flags.has('retained') === true;
}

export const previousIds = ({ status }: AccessKey) =>
  (status.previousKeys ?? []).map((key) => key.accessKeyId);

/** True if the store must refuse the key: its spec says so, or the grant was withdrawn. */
export function isOff({ accessKey, mark }: KeyState): boolean {
  return readyOf(accessKey)?.reason === 'Disabled' || mark?.flags.has('disabled') === true;
}
