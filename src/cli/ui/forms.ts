/** The forms of the page as they come in. Only their shape is checked: the API server judges the rest. */
import { z } from 'zod';
import type { BucketAccess } from '../../api/schema/accesskey.ts';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import type { ChangeRequest, NewKeyForm } from './protocol.ts';

const text = z.string().max(1024);

const entry: z.ZodType<BucketAccess> = z.strictObject({
  bucketName: text,
  permissions: z.enum(['none', 'read_only', 'read_write']),
  prefixes: z.array(text).max(50).exactOptional(),
  create: z.boolean().exactOptional(),
  deletion: z.boolean().exactOptional(),
});

const access = z.union([z.literal('unrestricted'), z.array(entry).max(200)]);

const newKey: z.ZodType<NewKeyForm> = z.strictObject({
  name: text,
  namespace: text.min(1),
  label: text.optional(),
  storeRef: z.strictObject({ kind: z.enum(['ClusterObjectStore', 'ObjectStore']), name: text }),
  access,
  rotateEvery: text.optional(),
  expiresAt: text.optional(),
});

const changes: z.ZodType<ChangeRequest> = z.strictObject({
  uid: text,
  generation: z.int().optional(),
  dryRun: z.boolean(),
  changes: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('label'), label: text }),
        z.strictObject({ kind: z.literal('permissions'), access }),
        z.strictObject({ kind: z.enum(['rotate', 'disable', 'enable']) }),
      ]),
    )
    .min(1)
    .max(2),
});

const revocation: z.ZodType<{ uid: string; label: string }> = z.strictObject({ uid: text, label: text });

/** Reads the form of a new key. @throws CliError if the body has another shape */
export const readNewKey = (body: unknown) => read(newKey, body);
/** Reads changes of a key. @throws CliError if the body has another shape */
export const readChanges = (body: unknown) => read(changes, body);
/** Reads a revocation. @throws CliError if the body has another shape */
export const readRevocation = (body: unknown) => read(revocation, body);

/** @throws CliError if the body has another shape */
function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const { success, data } = schema.safeParse(body);
  if (!success) throw new CliError(EXIT.usage, 'the request is none of this page', 'reload the page');
  return data;
}
