import { secretNameOf } from '../../../src/accesskey/secret/facts.ts';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import type { Secret } from '../../../src/kube/objects.ts';
import { decodeMark, encodeMark, type Mark } from '../../../src/ownership/mark.ts';
import { NAMESPACE, OTHER_CLUSTER_UID, OTHER_UID } from './accesskey-fixtures.ts';
import { makePair, type World, type WorldUser } from './accesskey-world.ts';

/** Ways to change the world from outside. A change does nothing if the world lacks what it changes. */
export const change = {
  /** A new version of the spec. */
  spec(world: World, fields: Partial<AccessKey['spec']>): void {
    const { metadata, spec } = world.accessKey;
    const generation = (metadata.generation ?? 0) + 1;
    world.accessKey = {
      ...world.accessKey,
      metadata: { ...metadata, generation },
      spec: { ...spec, ...fields },
    };
  },
  /** The Secret of spec.secretName, edited. */
  secret(world: World, edit: (secret: Secret) => Secret): void {
    const name = secretNameOf(world.accessKey);
    const secret = world.secrets.get(name);
    if (!secret) return;
    const edited = edit(secret);
    const resourceVersion = `${secret.metadata.resourceVersion}.1`;
    world.secrets.set(name, { ...edited, metadata: { ...edited.metadata, resourceVersion } });
  },
  secretData(world: World, data: Record<string, string>): void {
    const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
    change.secret(world, (secret) => ({
      ...secret,
      data: { ...secret.data, ...Object.fromEntries(encoded) },
    }));
  },
  secretMetadata(world: World, metadata: Partial<Secret['metadata']>): void {
    change.secret(world, (secret) => ({ ...secret, metadata: { ...secret.metadata, ...metadata } }));
  },
  annotation(world: World, key: string, value: string): void {
    change.secret(world, (secret) => ({
      ...secret,
      metadata: { ...secret.metadata, annotations: { ...secret.metadata.annotations, [key]: value } },
    }));
  },
  deleteSecret(world: World): void {
    world.secrets.delete(secretNameOf(world.accessKey));
  },
  /** A Secret of somebody else where the AccessKey's is to be. */
  foreignSecret(world: World): void {
    const name = secretNameOf(world.accessKey);
    const metadata = {
      name,
      namespace: NAMESPACE,
      uid: 'foreign',
      resourceVersion: '1',
      creationTimestamp: '',
    };
    world.secrets.set(name, { metadata, data: { password: 'Zm9yZWlnbg==' } });
  },
  /** The user of the pair that was published last. */
  user(world: World, fields: Partial<WorldUser>): void {
    const user = world.users.get(world.accessKey.status.accessKeyId ?? '');
    if (user) Object.assign(user, fields);
  },
  removeUser(world: World): void {
    world.users.delete(world.accessKey.status.accessKeyId ?? '');
  },
  /** A user more, as it would be left over by a crash. */
  addUser(world: World, fields: Partial<WorldUser> = {}): string {
    const { accessKeyId, secretAccessKey } = makePair(world);
    world.users.set(accessKeyId, { secretAccessKey, enabled: true, policies: [], groups: [], ...fields });
    return accessKeyId;
  },
  /** The policy's mark. */
  mark(world: World, fields: Partial<Mark>): void {
    const policy = world.policies.get(world.policyName);
    const mark = policy && decodeMark(policy.mark);
    if (!policy || !mark) return;
    const edited = encodeMark({ ...mark, ...fields });
    world.policies.set(world.policyName, { ...policy, mark: edited });
  },
  unmark(world: World): void {
    const policy = world.policies.get(world.policyName);
    if (policy) world.policies.set(world.policyName, { ...policy, mark: '' });
  },
  /** One statement more in the policy, by somebody in the store. */
  widenPolicy(world: World): void {
    const policy = world.policies.get(world.policyName);
    if (!policy) return;
    const more = { Effect: 'Allow', Action: ['s3:*'], Resource: ['arn:aws:s3:::payroll/*'] };
    const Statement = [...(policy.content['Statement'] as unknown[]), more];
    world.policies.set(world.policyName, { ...policy, content: { ...policy.content, Statement } });
  },
  status(world: World, status: AccessKey['status']): void {
    world.accessKey = { ...world.accessKey, status };
  },
  /** The AccessKey deleted past its finalizer and made again. */
  anew(world: World): void {
    const metadata = { ...world.accessKey.metadata, uid: OTHER_UID, generation: 1 };
    world.accessKey = { ...world.accessKey, metadata, status: { observedGeneration: -1 } };
  },
  otherCluster(world: World): void {
    change.mark(world, { clusterUid: OTHER_CLUSTER_UID });
  },
};
