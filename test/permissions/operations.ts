import type { OperationName } from '../../scripts/docs/permissions/operations.ts';
import { BUCKET_CALLS } from './bucket-operations.ts';
import { OBJECT_CALLS } from './object-operations.ts';
import type { Call } from './operation.ts';
import { SETTING_CALLS } from './setting-operations.ts';
import { UPLOAD_CALLS } from './upload-operations.ts';

/** The call that tries each operation of docs/permissions.md. */
export const CALLS: Readonly<Record<OperationName, Call>> = {
  ...BUCKET_CALLS,
  ...OBJECT_CALLS,
  ...UPLOAD_CALLS,
  ...SETTING_CALLS,
};
