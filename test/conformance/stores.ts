/** The real stores that the suite runs against, one line for each kind. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import { parse } from 'yaml';
import type { Cluster } from '../../src/ownership/names.ts';
import type { Capabilities } from '../../src/provider/capabilities.ts';
import { capabilitiesOf } from '../../src/provider/iam/dialect.ts';
import { createIamStore } from '../../src/provider/iam/store.ts';
import { createMinioStore, type MinioStore } from '../../src/provider/minio/admin.ts';
import { MINIO } from '../../src/provider/minio/traits.ts';
import type { Pair, Store } from '../../src/provider/provider.ts';
import type { Bed } from '../bed/bed.ts';
import { createOperatorUser } from '../bed/iam-operator.ts';
import { credentialsData, secretRef, storeRef } from '../integration/support/fixtures.ts';
import { IAM_SERVERS, type IamServerKind } from '../integration/support/iam-servers.ts';

/** A store that runs. */
export interface RunningStore<Admin extends Store = Store> {
  /** The S3 API. */
  readonly endpoint: string;
  /** May do everything. */
  readonly root: Pair;
  /** Lets the operator in, with the least rights that the store can give it. */
  readonly operator: Pair;
  /** The endpoint of the user administration. */
  readonly usersEndpoint: string;
  /** The store's part of its spec. @param usersEndpoint its own, or a proxy's before it */
  readonly spec: (usersEndpoint: string) => object;
  /** A client of the users as root. */
  readonly admin: Admin;
}

/** A kind of store. */
export interface StoreKind<Admin extends Store = Store> {
  readonly name: string;
  /** The reason why it can't run here; undefined if it can. */
  readonly objection: string | undefined;
  readonly capabilities: Capabilities;
  start(bed: Bed, cluster: Cluster): Promise<RunningStore<Admin>>;
}

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples', 'iam');

/** The spec of an example, with the addresses of a store that runs. */
function exampleSpec(file: string, endpoint: string, usersEndpoint: string): object {
  const { spec } = parse(readFileSync(join(EXAMPLES, file), 'utf8'));
  return { ...spec, endpoint, ...(usersEndpoint !== endpoint && { iam: { endpoint: usersEndpoint } }) };
}

function iamStore(kind: IamServerKind): StoreKind {
  return {
    name: kind.name,
    objection: kind.objection,
    capabilities: capabilitiesOf({ dialect: kind.name, managedPolicies: undefined }),
    async start(bed, cluster) {
      const { s3Endpoint: endpoint, endpoint: iamEndpoint, root, account } = await kind.start(bed);
      const path = '/accesskeys/';
      const operator = await createOperatorUser({ endpoint: iamEndpoint, root, account }, cluster);
      return {
        endpoint,
        root,
        operator,
        usersEndpoint: iamEndpoint,
        spec: (users) => exampleSpec(kind.example, endpoint, users),
        admin: createIamStore({
          endpoint,
          region: 'us-east-1',
          iam: { endpoint: iamEndpoint, path },
          credentials: root,
        }),
      };
    },
  };
}

/** MinIO, which has more to try than the others. */
export const MINIO_KIND: StoreKind<MinioStore> = {
  name: 'MinIO',
  objection: undefined,
  capabilities: MINIO.capabilities,
  async start(bed) {
    const { endpoint, rootUser, rootPassword } = await bed.startMinio();
    const root = { accessKeyId: rootUser, secretAccessKey: rootPassword };
    const admin = createMinioStore({ endpoint, credentials: root });
    const spec = (users: string) => ({ provider: 'MinIO', endpoint: users });
    return { endpoint, root, operator: root, usersEndpoint: endpoint, spec, admin };
  },
};

/** Every kind of store that the operator knows. */
export const STORES: readonly StoreKind[] = [MINIO_KIND, ...IAM_SERVERS.map(iamStore)];

/** Describes each of these kinds of stores that can run here, and says which can't. */
export function describeStores(kinds: readonly StoreKind[], body: (kind: StoreKind) => void): void {
  for (const kind of kinds) {
    const { objection, name } = kind;
    if (objection !== undefined) console.log(`${name} is left out: ${objection}`);
    describe.skipIf(objection !== undefined)(name, () => body(kind));
  }
}

/**
 * Creates the ClusterObjectStore of that name for a store that runs, with its credentials in the namespace.
 * @param spec the rest of its spec
 * @param usersEndpoint the store's, or a proxy's before it
 */
export async function createStore(
  bed: Bed,
  place: { readonly name: string; readonly namespace: string },
  store: RunningStore,
  spec: object,
  usersEndpoint = store.usersEndpoint,
): Promise<void> {
  const credentials = secretRef(place.namespace, place.name);
  await bed.api.create({ ...credentials, stringData: credentialsData(store.operator) });
  await bed.api.create({
    ...storeRef(place.name),
    spec: {
      ...store.spec(usersEndpoint),
      allowInsecure: true,
      credentialsRef: credentials.metadata,
      ...spec,
    },
  });
}
