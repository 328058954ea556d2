import type { AccessKeySpec } from '../../src/api/schema/accesskey.ts';

/** What a bench key asks for: two buckets, as most keys do. */
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
