/** Events outside of the operator that change the model, for properties. */
import { secretNameOf } from '../../../src/accesskey/secret/facts.ts';
import {
  ANNOTATION_ENDPOINT,
  ANNOTATION_ISSUED_AT,
  ANNOTATION_KEY_GENERATION,
  ANNOTATION_PAIR_DIGEST,
  ANNOTATION_PREVIOUS_KEYS,
  ANNOTATION_USER,
} from '../../../src/api/names.ts';
import type { AccessKeySpec } from '../../../src/api/schema/accesskey.ts';
import { change } from './accesskey-changes.ts';
import { grantOf, HOUR } from './accesskey-fixtures.ts';
import { currentId, pass, type World } from './accesskey-world.ts';

/** The events, in any order and number. */
export const EVENTS: Record<string, (world: World) => void> = {
  'the Secret is deleted': change.deleteSecret,
  "the Secret's secret is edited": (world) => change.secretData(world, { AWS_SECRET_ACCESS_KEY: 'edited' }),
  "the Secret's id is edited": (world) => change.secretData(world, { AWS_ACCESS_KEY_ID: 'STRANGER' }),
  "the Secret's endpoint is edited": (world) => change.secretData(world, { AWS_ENDPOINT_URL_S3: 'http://x' }),
  'half of the pair is removed': (world) =>
    change.secret(world, ({ data: { AWS_SECRET_ACCESS_KEY: _, ...data } = {}, ...rest }) => ({
      ...rest,
      data,
    })),
  'the Secret loses its owner': (world) => change.secretMetadata(world, { ownerReferences: [] }),
  'the Secret loses owner and labels': (world) =>
    change.secretMetadata(world, { ownerReferences: [], labels: {} }),
  'the Secret loses its annotations': (world) => change.secretMetadata(world, { annotations: {} }),
  'the digest is edited': (world) => change.annotation(world, ANNOTATION_PAIR_DIGEST, 'edited'),
  'the time of issue is edited': (world) => change.annotation(world, ANNOTATION_ISSUED_AT, '2026'),
  'the generation is edited': (world) => change.annotation(world, ANNOTATION_KEY_GENERATION, '0'),
  'the issuing endpoint is edited': (world) => change.annotation(world, ANNOTATION_ENDPOINT, 'https://other'),
  'the name of the user is edited': (world) => change.annotation(world, ANNOTATION_USER, 'another'),
  'the pair is made out to be new': (world) => {
    const { status } = world.accessKey;
    const issuedAt = new Date(world.now + 1_000 * HOUR).toISOString();
    change.annotation(world, ANNOTATION_ISSUED_AT, issuedAt);
    if (status.issuedAt !== undefined) change.status(world, { ...status, issuedAt });
  },
  'previous keys are to live for ever': (world) => {
    const { status } = world.accessKey;
    const revokeAt = '9999-01-01T00:00:00.000Z';
    const previousKeys = (status.previousKeys ?? []).map((key) => ({ ...key, revokeAt }));
    change.annotation(world, ANNOTATION_PREVIOUS_KEYS, JSON.stringify(previousKeys));
    change.status(world, { ...status, previousKeys });
  },
  'its template cannot be filled in': (world) =>
    change.spec(world, { secretTemplate: { data: { X: '{{ .nothing }}' } } }),
  'it has no template': (world) => {
    const { secretTemplate: _, ...spec } = world.accessKey.spec;
    world.accessKey = { ...world.accessKey, spec };
    change.spec(world, {});
  },
  'previous keys are made up': (world) =>
    change.annotation(
      world,
      ANNOTATION_PREVIOUS_KEYS,
      JSON.stringify([
        { accessKeyId: 'STRANGER', revokeAt: '2026-01-01T00:00:00Z' },
        { accessKeyId: 'STRANGER', revokeAt: '9999-01-01', more: 1 },
        { accessKeyId: currentId(world), revokeAt: '2026-01-01T00:00:00Z' },
      ]),
    ),
  'a foreign Secret takes the name': change.foreignSecret,
  'the foreign Secret goes': (world) => {
    const name = secretNameOf(world.accessKey);
    if (world.secrets.get(name)?.metadata.uid === 'foreign') world.secrets.delete(name);
  },
  'the user is removed': change.removeUser,
  'the user is disabled': (world) => change.user(world, { enabled: false }),
  'the user is enabled': (world) => change.user(world, { enabled: true }),
  'the user is detached': (world) => change.user(world, { policies: [] }),
  'the user gets another policy': (world) =>
    change.user(world, { policies: [world.policyName, 'readwrite'] }),
  'the user loses the other policy': (world) => change.user(world, { policies: [world.policyName] }),
  'the user joins a group': (world) => change.user(world, { groups: ['staff'] }),
  'the user leaves the group': (world) => change.user(world, { groups: [] }),
  'the policy is removed': (world) => void world.policies.delete(world.policyName),
  'the policy is widened': change.widenPolicy,
  'the policy loses its mark': change.unmark,
  "the policy becomes another cluster's": change.otherCluster,
  'a crash left a user behind': (world) => void change.addUser(world),
  'a crash left an attached user behind': (world) =>
    void change.addUser(world, { policies: [world.policyName] }),
  'the status is lost': (world) => change.status(world, { observedGeneration: -1 }),
  'the AccessKey is made anew': change.anew,
  'all grants are withdrawn': (world) => {
    world.grants = [];
  },
  'reading is granted': (world) => {
    world.grants = [grantOf({ permissions: 'read_only' })];
  },
  'all is granted': (world) => {
    world.grants = [grantOf({ unrestricted: true, allowRetain: true })];
  },
  'pairs are granted three days': (world) => {
    world.grants = [grantOf({ unrestricted: true, allowRetain: true, maxAge: '72h' })];
  },
  'it asks to read': (world) => change.spec(world, limited('read_only')),
  'it asks to write': (world) => change.spec(world, limited('read_write')),
  'it asks for everything': (world) => change.spec(world, { limited: false, bucketAccess: [] }),
  'it asks for what is none': (world) =>
    change.spec(world, { bucketAccess: [{ bucketName: '*', permissions: 'read_only' }] }),
  'it asks for more than a policy holds': (world) =>
    change.spec(world, {
      limited: true,
      bucketAccess: Array.from({ length: 100 }, (_, number) => ({
        bucketName: `bucket-${number}`,
        permissions: 'read_write',
        prefixes: Array.from({ length: 5 }, (__, index) => `${String(index).repeat(60)}/`),
      })),
    }),
  'it names another Secret': (world) => change.spec(world, { secretName: 'moved' }),
  'it names the first Secret again': (world) => {
    const { secretName: _, ...spec } = world.accessKey.spec;
    world.accessKey = { ...world.accessKey, spec };
    change.spec(world, {});
  },
  'it is disabled': (world) => change.spec(world, { disabled: true }),
  'it is enabled': (world) => change.spec(world, { disabled: false }),
  'it is to be rotated every day': (world) =>
    change.spec(world, { rotation: { interval: '24h', gracePeriod: '12h' } }),
  'its grace is to be long': (world) => change.spec(world, { rotation: { gracePeriod: '168h' } }),
  'it is to be retained': (world) => change.spec(world, { deletionPolicy: 'Retain' }),
  'it is to be rotated': (world) =>
    change.spec(world, { keyGeneration: (world.accessKey.spec.keyGeneration ?? 1) + 1 }),
  'its label is edited': (world) =>
    change.spec(world, { label: `label ${world.accessKey.metadata.generation}` }),
  'an hour passes': (world) => {
    world.now += HOUR;
  },
  'a week passes': (world) => {
    world.now += 7 * 24 * HOUR;
  },
  'the clock is wrong': (world) => {
    world.clockTrusted = false;
  },
  'the clock is right': (world) => {
    world.clockTrusted = true;
  },
  'the operator passes': (world) => void pass(world),
};

function limited(permissions: 'read_only' | 'read_write'): Partial<AccessKeySpec> {
  return { limited: true, bucketAccess: [{ bucketName: 'photos', permissions }] };
}
