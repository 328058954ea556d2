/** The objects of the domain's unit tests, as the API server gives them, with their defaults. */

import type { Publication } from '../../../src/accesskey/secret/publication.ts';
import { API_VERSION } from '../../../src/api/names.ts';
import type { AccessKey, AccessKeySpec } from '../../../src/api/schema/accesskey.ts';
import type { Grant } from '../../../src/api/schema/clusterobjectstore.ts';

export const CLUSTER = { name: 'prod', uid: 'c1c1c1c1-0000-4000-8000-000000000001' };
export const OTHER_CLUSTER_UID = 'c2c2c2c2-0000-4000-8000-000000000002';
export const NAMESPACE = 'shop';
export const NAME = 'photo-uploader';
export const UID = 'a1a1a1a1-0000-4000-8000-000000000001';
export const OTHER_UID = 'a2a2a2a2-0000-4000-8000-000000000002';
export const NOW = Date.parse('2026-11-23T12:00:00Z');
export const HOUR = 3_600_000;

export interface AccessKeyParts {
  readonly spec?: Partial<AccessKeySpec>;
  readonly metadata?: Partial<AccessKey['metadata']>;
  readonly status?: Partial<AccessKey['status']>;
}

/** An AccessKey as it is after its creation, limited to one bucket unless `spec` says otherwise. */
export function accessKeyOf({ spec, metadata, status }: AccessKeyParts = {}): AccessKey {
  return {
    apiVersion: API_VERSION,
    kind: 'AccessKey',
    metadata: {
      name: NAME,
      namespace: NAMESPACE,
      uid: UID,
      generation: 1,
      resourceVersion: '1',
      creationTimestamp: '2026-11-01T00:00:00Z',
      ...metadata,
    },
    spec: {
      storeRef: { kind: 'ClusterObjectStore', name: 'default' },
      disabled: false,
      deletionPolicy: 'Delete',
      limited: true,
      bucketAccess: [{ bucketName: 'photos', permissions: 'read_write' }],
      ...spec,
    },
    status: { observedGeneration: -1, ...status },
  };
}

/** A spec with exactly these fields beside the defaulted ones. */
export function specOf(fields: Pick<Partial<AccessKeySpec>, 'limited' | 'bucketAccess'>): AccessKeySpec {
  return {
    storeRef: { kind: 'ClusterObjectStore', name: 'default' },
    disabled: false,
    deletionPolicy: 'Delete',
    ...fields,
  };
}

/** A grant for every namespace and bucket, without unrestricted access, unless `fields` says otherwise. */
export function grantOf(fields: Partial<Grant> = {}): Grant {
  return {
    namespaces: { all: true },
    buckets: ['*'],
    permissions: 'read_write',
    unrestricted: false,
    allowImport: false,
    allowRetain: false,
    bucketSettings: true,
    ...fields,
  };
}

/** Returns what a Secret of the key's first pair holds, without a template unless `fields` gives a shape. */
export function publicationOf(fields: Partial<Publication> = {}): Publication {
  return {
    pair: {
      accessKeyId: 'AKOAAAAAAAAAAAAAAAAA',
      secretAccessKey: 'S3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr',
    },
    user: 'AKOAAAAAAAAAAAAAAAAA',
    issuedAt: '2026-11-23T12:00:00.000Z',
    keyGeneration: 1,
    imported: false,
    retained: false,
    issuedBy: 'https://minio.storage.svc:9000',
    endpoint: 'https://s3.example.com',
    region: 'us-east-1',
    previous: [],
    shape: { labels: {}, annotations: {}, data: {}, source: '', withheld: undefined },
    ...fields,
  };
}
