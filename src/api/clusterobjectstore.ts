/** ClusterObjectStore: the schema that its CRD is generated from, and its types as the API server returns them. */
import { z } from 'zod';
import { DURATION, DURATION_MAX_LENGTH } from './duration.ts';
import { grants } from './grants.ts';
import type { ObjectMeta } from './meta.ts';
import type { API_VERSION } from './names.ts';
import {
  celRegex,
  conditions,
  dnsLabel,
  dnsSubdomain,
  immutable,
  int64,
  matches,
  observedGeneration,
  rules,
  time,
  UNOBSERVED,
} from './schema.ts';

/** Scheme, host (a DNS name, an IPv4 address, or an IPv6 address in brackets) and port. RE2's syntax too. */
const ENDPOINT =
  /^https?:[/]{2}(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:.]+\])(?::[1-9][0-9]{0,4})?$/;

const endpointRule = (field: string) => ({
  rule: `self.matches(${celRegex(ENDPOINT)}) && (url(self).getPort() == '' || int(url(self).getPort()) <= 65535)`,
  message: `${field} is a scheme, a host and a port, and nothing after them, no path and no user: write one such as https://minio.storage.svc:9000`,
});

const endpoint = z
  .string()
  .min(1)
  .max(512)
  .meta({
    description:
      "Where the store answers: scheme, host and port, such as https://minio.storage.svc:9000. It can't be changed, so that no pair is ever sent to another place than the one that issued it.",
    ...rules(
      endpointRule('endpoint'),
      immutable(
        'endpoint of a ClusterObjectStore cannot change, because pairs that one place issued would be sent to another: make a new ClusterObjectStore for the new endpoint and new AccessKeys for it',
      ),
    ),
  });

const publicEndpoint = z
  .string()
  .min(1)
  .max(512)
  .meta({
    description:
      'What Secrets give to applications as the endpoint, where they reach the store by another way than the operator. The endpoint itself, if left out.',
    ...rules(endpointRule('publicEndpoint')),
  });

const region = z
  .string()
  .min(1)
  .max(64)
  .default('us-east-1')
  .meta({
    description: "The store's region. MinIO has us-east-1, unless it was told another.",
    ...rules(
      matches(/^[A-Za-z0-9_-]+$/, 'a region is letters, digits, - and _: write one such as us-east-1'),
    ),
  });

const caBundle = z
  .string()
  .min(1)
  .max(262_144)
  .meta({
    description:
      "The CA certificates by which the endpoint's own is checked, as PEM text. The certificates that Node trusts, if left out.",
    ...rules(
      {
        rule: "self.contains('-----BEGIN CERTIFICATE-----') && self.contains('-----END CERTIFICATE-----')",
        message:
          'caBundle is PEM text: paste the certificates as they are, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, not base64-encoded once more',
      },
      {
        rule: "!self.contains('PRIVATE KEY-----')",
        reason: 'FieldValueForbidden',
        message:
          'caBundle has a private key in it: paste the certificates alone, and replace the key, for it has been sent here',
      },
    ),
  });

const credentialsRef = z
  .object({
    namespace: dnsLabel().describe('The namespace of the Secret.'),
    name: dnsSubdomain('Secret').describe('The name of the Secret.'),
  })
  .describe(
    'The Secret with the credentials by which the operator manages users and policies in the store: its keys are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. It is read again when it changes.',
  );

const resyncInterval = z
  .string()
  .min(1)
  .max(DURATION_MAX_LENGTH)
  .default('10m')
  .meta({
    description:
      "How often the store's users are compared with the AccessKeys: 1m to 24h, in hours, minutes and seconds, such as 10m or 1h30m.",
    ...rules({
      rule: `self.matches(${celRegex(DURATION)}) && duration(self) >= duration('1m') && duration(self) <= duration('24h')`,
      message:
        'resyncInterval is 1m to 24h, in whole hours, minutes and seconds: write one such as 10m or 1h30m',
    }),
  });

export const clusterObjectStoreSpec = z
  .object({
    provider: z.enum(['MinIO']).default('MinIO').describe('What kind of store it is.'),
    endpoint,
    allowInsecure: z
      .boolean()
      .default(false)
      .describe('Whether the endpoint may be http, where anybody on the network in between can read along.'),
    publicEndpoint: publicEndpoint.exactOptional(),
    region,
    caBundle: caBundle.exactOptional(),
    credentialsRef,
    resyncInterval,
    orphans: z
      .enum(['Report', 'Disable', 'Prune'])
      .default('Disable')
      .describe(
        'What becomes of users that the operator made and that belong to no AccessKey any more: they are counted, disabled, or removed. Users that it did not make are never touched.',
      ),
    grants,
  })
  .meta({
    description: 'Where the store is, how the operator gets in, and who may ask for keys.',
    ...rules({
      rule: "!self.endpoint.startsWith('http:') || self.allowInsecure",
      fieldPath: '.endpoint',
      message:
        'endpoint is http, which anybody on the network in between can read: write https, or allowInsecure: true beside it to accept that',
    }),
  });

export const clusterObjectStoreStatus = z
  .object({
    observedGeneration: observedGeneration(),
    conditions: conditions(),
    clusterName: z
      .string()
      .exactOptional()
      .describe('The name of this cluster that the policies in the store carry.'),
    keys: int64().exactOptional().describe('How many AccessKeys name this store.'),
    orphanedUsers: int64()
      .exactOptional()
      .describe('How many users in the store were made by the operator and belong to no AccessKey any more.'),
    lastSyncAt: time()
      .exactOptional()
      .describe("When the store's users were last compared with the AccessKeys."),
  })
  .default(UNOBSERVED)
  .describe('What the operator has found; written by it alone.');

export const CLUSTER_OBJECT_STORE_KIND = 'ClusterObjectStore';

export type ClusterObjectStoreSpec = z.infer<typeof clusterObjectStoreSpec>;
export type ClusterObjectStoreStatus = z.infer<typeof clusterObjectStoreStatus>;
export type CredentialsRef = ClusterObjectStoreSpec['credentialsRef'];
export type Grant = ClusterObjectStoreSpec['grants'][number];
export type GrantNamespaces = Grant['namespaces'];
export type OrphanTreatment = ClusterObjectStoreSpec['orphans'];

export interface ClusterObjectStore {
  apiVersion: typeof API_VERSION;
  kind: 'ClusterObjectStore';
  metadata: ObjectMeta;
  spec: ClusterObjectStoreSpec;
  status: ClusterObjectStoreStatus;
}
