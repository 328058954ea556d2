import type { AccessKeySpec } from '../../src/api/schema/accesskey.ts';

/** The spec of a bench key: two buckets, as most keys have. */
export const SPEC: Omit<AccessKeySpec, 'storeRef'> = {
  label: 'Photo uploader',
  limited: true,
  bucketAccess: [
    { bucketName: 'photos', permissions: 'read_write' },
    { bucketName: 'logs', permissions: 'read_only' },
  ],
  deletionPolicy: 'Delete',
  disabled: false,
};
