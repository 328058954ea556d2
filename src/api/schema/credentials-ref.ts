/**
 * The schema of spec.credentialsRef: the Secret with the operator's credentials for a store, and how to read
 * it.
 */
import { z } from 'zod';
import { ID_KEY, NO_ID_KEY } from '../credential-keys.ts';
import { DATA_KEY } from '../secret-keys.ts';
import { celRegex, matches, type Rule, rules } from './schema.ts';

const dataKey = (description: string, ...more: readonly Rule[]) =>
  z
    .string()
    .min(1)
    .max(253)
    .exactOptional()
    .meta({
      description,
      ...rules(
        matches(
          DATA_KEY,
          'a key of a Secret must consist of letters, digits, hyphens, underscores and dots: write, for example, rootUser',
        ),
        ...more,
      ),
    });

const keys = z
  .object({
    accessKeyId: dataKey(
      "The key that holds the id, such as rootUser in the Secret of MinIO's chart. Requests carry the id in the clear, so the key's name must be that of an id or a user.",
      {
        rule: `self.lowerAscii().matches(${celRegex(ID_KEY)}) && !self.lowerAscii().matches(${celRegex(NO_ID_KEY)})`,
        reason: 'FieldValueForbidden',
        message:
          "accessKeyId must name a key that ends in user, username, id or access key and does not suggest a secret, because the store's endpoint gets its value in the clear: write, for example, rootUser, or copy the pair into a Secret with such keys",
      },
    ),
    secretAccessKey: dataKey(
      "The key that holds the secret, such as rootPassword in the Secret of MinIO's chart.",
    ),
    configEnv: dataKey(
      "Instead of both: the key that holds a file of MinIO's settings, such as config.env in the Secret that a MinIO Tenant names as spec.configuration. MINIO_ROOT_USER and MINIO_ROOT_PASSWORD in it are the pair.",
    ),
  })
  .exactOptional()
  .meta({
    description:
      'The keys of the Secret that hold the pair. Default: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    ...rules({
      rule: 'has(self.configEnv) ? !has(self.accessKeyId) && !has(self.secretAccessKey) : has(self.accessKeyId) && has(self.secretAccessKey)',
      message:
        'keys must locate both halves of the pair: set accessKeyId and secretAccessKey, or configEnv alone',
    }),
  });

/**
 * Returns the schema of a reference to the Secret with a store's credentials. `place` are the fields that
 * locate it.
 */
export const credentialsRef = <Place extends z.ZodRawShape>(where: string, place: Place) =>
  z
    .object({ ...place, keys })
    .describe(
      `The Secret${where} with the credentials with which the operator manages users and policies in the store: its keys are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, unless keys names others. The operator reads it again when it changes.`,
    );
