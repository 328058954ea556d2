/** The one table of who may do what in S3: tests try it on the real server, docs/permissions.md shows it. */
import { BUCKETS } from './bucket-operations.ts';
import { OBJECTS } from './object-operations.ts';
import type { OperationGroup } from './operation.ts';
import { SETTINGS } from './setting-operations.ts';
import { UPLOADS } from './upload-operations.ts';

/** The operations in the order in which they are tried: the bucket's object lock comes last, since it stays. */
export const OPERATION_GROUPS: readonly OperationGroup[] = [BUCKETS, OBJECTS, UPLOADS, SETTINGS];

export const OPERATIONS = OPERATION_GROUPS.flatMap(({ operations }) => operations);
