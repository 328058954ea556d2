/** Releases as teams make them: what they write, and what they bring themselves. */
import type { Bed } from '../../bed/bed.ts';
import { IMAGE, type Values } from './helm.ts';

export interface Release {
  readonly what: string;
  readonly name: string;
  readonly namespace: string;
  /** The name of its Deployment, and of the ServiceAccount that its pods are to have. */
  readonly deployment: string;
  readonly account: string;
  /** True if the team applies the CRDs instead of helm. */
  readonly bringsCrds: boolean;
  /** True if the team makes the store instead of helm. */
  readonly bringsStore: boolean;
  /** True if the store and its credentials are in the keys' namespace, in which the operator has only a Role. */
  readonly ownStore?: boolean;
  /** The objects that helm leaves at uninstall, beside CRDs and stores: the credentials by which keys are revoked. */
  readonly leaves: readonly string[];
  values(bed: Bed): Values;
}

const GRANTS = [{ namespaces: { all: true }, buckets: ['*'], unrestricted: true }];

export const RELEASES: readonly Release[] = [
  {
    what: 'the defaults, and a store by hand',
    name: 'access-key-operator',
    namespace: 'access-key-operator',
    deployment: 'access-key-operator',
    account: 'access-key-operator',
    bringsCrds: false,
    bringsStore: true,
    leaves: [],
    values: () => IMAGE,
  },
  {
    what: 'a store from values with its credentials, names of its own',
    name: 'prod',
    namespace: 'platform',
    deployment: 'keys',
    account: 'keys-runner',
    bringsCrds: false,
    bringsStore: false,
    leaves: ['Secret keys-default'],
    values: ({ minio }) => ({
      ...IMAGE,
      fullnameOverride: 'keys',
      commonLabels: { team: 'platform' },
      serviceAccount: { name: 'keys-runner' },
      operator: { clusterName: 'prod-1', concurrency: 4, logLevel: 'debug' },
      defaultStore: {
        create: true,
        endpoint: minio.endpoint,
        allowInsecure: true,
        credentials: { accessKeyId: minio.rootUser, secretAccessKey: minio.rootPassword },
        grants: GRANTS,
      },
    }),
  },
  {
    what: 'CRDs by hand, a store from values with a Secret that exists, and little else',
    name: 'slim',
    namespace: 'slim',
    deployment: 'slim-access-key-operator',
    account: 'slim-access-key-operator',
    bringsCrds: true,
    bringsStore: false,
    leaves: [],
    values: ({ minio }) => ({
      ...IMAGE,
      crds: { install: false },
      replicaCount: 1,
      admissionPolicy: { enabled: false },
      rbac: { aggregate: false },
      metrics: { service: { enabled: false } },
      podDisruptionBudget: { enabled: false },
      networkPolicy: { enabled: true, storeEgress: [{ ports: [{ port: 9000, protocol: 'TCP' }] }] },
      defaultStore: {
        create: true,
        endpoint: minio.endpoint,
        allowInsecure: true,
        credentials: { existingSecret: 'minio-admin', namespace: 'storage' },
        grants: GRANTS,
      },
    }),
  },
  {
    what: 'Roles alone, in one namespace with a store of its own',
    name: 'few',
    namespace: 'few',
    deployment: 'few-access-key-operator',
    account: 'few-access-key-operator',
    bringsCrds: false,
    bringsStore: true,
    ownStore: true,
    leaves: [],
    values: () => ({
      ...IMAGE,
      watchNamespaces: ['shop'],
      namespacedStores: { enabled: true, endpoints: ['*'] },
    }),
  },
];
