/**
 * AccessKeys that are there to be many, with all that belongs to them, as requests would have made them: one key is
 * made by requests, and all others are copies of it. Requests for each would take half a minute for a thousand keys.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ANNOTATION_PAIR_DIGEST, GROUP, VERSION } from '../../../src/api/names.ts';
import { policyName } from '../../../src/ownership/names.ts';
import { newPair, pairDigest } from '../../../src/ownership/new-pair.ts';
import { policyDigest } from '../../../src/provider/documents/canonical.ts';
import type { PolicyDocument } from '../../../src/provider/documents/statement.ts';
import { rootClient } from '../../bed/root-client.ts';
import { keyNames, type Setting, startScript } from '../creation.ts';
import { inParallel } from '../parallel.ts';
import { copyOf, type Identity } from './copies.ts';
import { putStored, readStored } from './etcd.ts';
import { importUsers, type NewUser } from './import-users.ts';

/** The namespace of the keys. */
const CROWD = 'crowd';
/** The number of users of one import. */
const BATCH = 1_000;
const BATCHES_AT_ONCE = 2;
const FIRST_MS = 30_000;
/** The maximum delay of the API server behind etcd, on a busy machine. */
const SHOWN_MS = 120_000;

/** Makes the keys from `there` to `count` in a namespace of their own; the operator finds them up to date. */
export async function fill(setting: Setting, there: number, count: number): Promise<void> {
  const names = keyNames(count);
  const [first = ''] = names;
  if (there === 0) await makeFirst(setting, first);
  const model = await readModel(setting, first);
  const others = names.slice(Math.max(there, 1));
  const batches = Array.from({ length: Math.ceil(others.length / BATCH) }, (_, n) =>
    others.slice(n * BATCH, (n + 1) * BATCH),
  );
  const { etcd, minio } = setting.stage.bed;
  const client = rootClient(minio);
  try {
    await inParallel(batches, BATCHES_AT_ONCE, async (batch) => {
      const copies = batch.map((name) => copyOfModel(model, name));
      await importUsers(
        client,
        copies.map(({ user }) => user),
      );
      await putStored(
        etcd,
        copies.flatMap(({ secret, accessKey }) => [secret, accessKey]),
      );
    });
  } finally {
    await client.close();
  }
  await untilShown(setting, `apis/${GROUP}/${VERSION}/namespaces/${CROWD}/accesskeys`, count);
  await untilShown(setting, `api/v1/namespaces/${CROWD}/secrets`, count);
}

/** Waits until the API server's watch of etcd has shown it all objects of a collection. @throws Error if it doesn't */
async function untilShown({ stage }: Setting, collection: string, count: number): Promise<void> {
  const deadline = performance.now() + SHOWN_MS;
  for (;;) {
    const page = await stage.bed.api.request<Page>('GET', `/${collection}?limit=1`);
    const shown = page.items.length + (page.metadata.remainingItemCount ?? 0);
    if (shown === count) return;
    if (performance.now() > deadline)
      throw new Error(`the API server shows ${shown} of ${count} in ${collection}`);
    await sleep(100);
  }
}

/** The page of a list that tells how many objects there are. */
interface Page {
  readonly items: readonly unknown[];
  readonly metadata: { readonly remainingItemCount?: number };
}

async function makeFirst(setting: Setting, name: string): Promise<void> {
  const { stage, crowd } = setting;
  await stage.namespace(CROWD);
  const bare = await startScript(setting, 1);
  const watch = await crowd.watch(CROWD);
  try {
    await crowd.apply(CROWD, [name], { onApplied: bare.take });
    await watch.until(1, FIRST_MS);
  } finally {
    watch.stop();
    await bare.end();
  }
}

/** The key that all others are copies of. */
interface Model {
  readonly cluster: Setting['template']['cluster'];
  readonly identity: Identity;
  readonly document: PolicyDocument;
  readonly accessKey: Buffer;
  readonly secret: Buffer;
}

const accessKeyPath = (name: string) => `/registry/${GROUP}/accesskeys/${CROWD}/${name}`;
const secretPath = (name: string) => `/registry/secrets/${CROWD}/${name}`;

async function readModel({ stage, crowd, template }: Setting, name: string): Promise<Model> {
  const { cluster } = template;
  const { etcd } = stage.bed;
  const accessKey = await crowd.accessKeys.get(name, CROWD);
  const secret = await crowd.secrets.get(name, CROWD);
  const policy = policyName(cluster, CROWD, name);
  const stored = await stage.admin.getPolicy(policy);
  const text = (of: string) => Buffer.from(secret.data?.[of] ?? '', 'base64').toString();
  return {
    cluster,
    identity: {
      name,
      policy,
      policyDigest: accessKey.status.policyDigest ?? '',
      pairDigest: secret.metadata.annotations?.[ANNOTATION_PAIR_DIGEST] ?? '',
      accessKeyUid: accessKey.metadata.uid,
      secretUid: secret.metadata.uid,
      accessKeyId: text('AWS_ACCESS_KEY_ID'),
      secretAccessKey: text('AWS_SECRET_ACCESS_KEY'),
    },
    document: { ...stored?.document, ID: stored?.id } as unknown as PolicyDocument,
    accessKey: await readStored(etcd, accessKeyPath(name)),
    secret: await readStored(etcd, secretPath(name)),
  };
}

function copyOfModel({ cluster, identity, document, accessKey, secret }: Model, name: string) {
  const policy = policyName(cluster, CROWD, name);
  const accessKeyUid = randomUUID();
  const pair = newPair(policy, randomBytes);
  const own: PolicyDocument = {
    ...document,
    ID: document.ID.replace(identity.accessKeyUid, accessKeyUid),
  };
  const to: Identity = {
    name,
    policy,
    policyDigest: policyDigest(own),
    pairDigest: pairDigest(pair),
    accessKeyUid,
    secretUid: randomUUID(),
    accessKeyId: pair.accessKeyId,
    secretAccessKey: pair.secretAccessKey,
  };
  const user: NewUser = { pair, policy, document: own };
  return {
    user,
    accessKey: { key: accessKeyPath(name), value: copyOf(accessKey, identity, to) },
    secret: { key: secretPath(name), value: copyOf(secret, identity, to) },
  };
}
