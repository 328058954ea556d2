/** The fields of a store that only AWS's IAM API needs. */
import { z } from 'zod';
import { DEFAULT_IAM_PATH } from '../names.ts';
import { endpointField, regionField } from './endpoint-field.ts';
import { matches, type Rule, rules } from './schema.ts';

/** The schema of `spec.iam`. */
export const iam = z
  .object({
    endpoint: endpointField(
      'iam.endpoint',
      "The address of the IAM API: scheme, host and port. Default: the store's endpoint, as Ceph has it.",
    ).exactOptional(),
    stsEndpoint: endpointField(
      'iam.stsEndpoint',
      'The address of the STS API, by which the operator proves new pairs. Default: iam.endpoint.',
    ).exactOptional(),
    region: regionField(
      'The region in the signatures of requests to IAM and STS. VersityGW takes only us-east-1.',
    ),
    path: z
      .string()
      .min(1)
      .max(128)
      .default(DEFAULT_IAM_PATH)
      .meta({
        description:
          'The path below which the operator makes its users, with a part for each cluster, namespace and AccessKey. The operator changes no user elsewhere. Immutable.',
        ...rules(
          matches(
            /^\/([A-Za-z0-9+=,.@_-]+\/)*$/,
            'iam.path must begin and end with a slash, with letters, digits and +=,.@_- between slashes: write, for example, /accesskeys/',
          ),
        ),
      }),
  })
  .describe('The users of a store of provider IAM; not for other providers.');

/** The settings, as the API server has them. */
export type IamSettings = z.infer<typeof iam>;

/** Rules for the spec of a store. */
export const iamRules: readonly Rule[] = [
  {
    rule: "!has(self.iam) || self.provider == 'IAM'",
    fieldPath: '.iam',
    message: 'iam requires provider IAM: set provider: IAM, or remove iam',
  },
  {
    rule: `(has(self.iam) ? self.iam.path : '${DEFAULT_IAM_PATH}') == (has(oldSelf.iam) ? oldSelf.iam.path : '${DEFAULT_IAM_PATH}')`,
    fieldPath: '.iam',
    message:
      'iam.path is immutable, because the users of all keys are there: set it back, or create another store',
  },
  ...['endpoint', 'stsEndpoint'].map((field) => ({
    rule: `!has(self.iam) || !has(self.iam.${field}) || !self.iam.${field}.startsWith('http:') || self.allowInsecure`,
    fieldPath: '.iam',
    message: `iam.${field} is http, so anybody on the network in between can read new secrets: use https, or set allowInsecure: true to accept that`,
  })),
];
