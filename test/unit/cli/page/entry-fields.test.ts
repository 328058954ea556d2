import { expect, test } from 'vitest';
import type { BucketAccess } from '../../../../src/api/schema/accesskey.ts';
import {
  accessFindings,
  accessOf,
  emptyEntry,
  fieldsOf,
  isBeyond,
} from '../../../../src/cli/page/entry-fields.ts';
import { emptyFields, formOf } from '../../../../src/cli/page/new-key-fields.ts';

const ENTRIES: BucketAccess[] = [
  { bucketName: 'photos', permissions: 'read_write', create: true },
  { bucketName: 'logs', permissions: 'read_only', prefixes: ['2026/', '2027/'] },
  { bucketName: 'backups', permissions: 'read_write', deletion: false },
  { bucketName: 'spelled', permissions: 'read_write', deletion: true },
  { bucketName: 'payroll', permissions: 'none' },
];

test('gives back what a key has, to the field', () => {
  expect(accessOf(fieldsOf(false, ENTRIES), ENTRIES)).toEqual(ENTRIES);
  expect(accessOf(fieldsOf(true, []))).toBe('unrestricted');
  expect(accessOf(fieldsOf(false, []))).toEqual([]);
});

test('a row without a bucket asks for nothing, and a bucket with none for no prefixes', () => {
  const fields = fieldsOf(false, [
    { bucketName: ' logs ', permissions: 'none', prefixes: ['a/'], create: true },
  ]);
  expect(accessOf({ limited: true, entries: [emptyEntry(), ...fields.entries] })).toEqual([
    { bucketName: 'logs', permissions: 'none' },
  ]);
});

test('takes a finding to its row, over rows that are not filled in', () => {
  const [first, second] = [emptyEntry(), { ...emptyEntry(), bucketName: 'B' }];
  const { byEntry, whole } = accessFindings({ limited: true, entries: [first, second] }, [
    { field: 'spec.bucketAccess[0].bucketName', sentence: 'lowercase' },
    { field: 'spec.bucketAccess[0].prefixes[0]', sentence: 'ends in /' },
    { field: 'spec.bucketAccess', sentence: 'not granted' },
    { field: 'spec.label', sentence: 'elsewhere' },
  ]);
  expect([...byEntry]).toEqual([[second.id, 'lowercase; ends in /']]);
  expect(whole).toEqual(['not granted']);
});

test('says what is beyond the grants, if they are known', () => {
  expect(isBeyond('read_write', 'logs', { logs: 'read_only' })).toBe(true);
  expect(isBeyond('read_only', ' logs ', { logs: 'read_only' })).toBe(false);
  expect(isBeyond('none', 'logs', { logs: 'none' })).toBe(false);
  expect(isBeyond('read_write', 'unknown', {})).toBe(false);
  expect(isBeyond('read_write', 'constructor', {})).toBe(false);
});

test('makes the name from the label until somebody writes one', () => {
  const fields = { ...emptyFields('shop'), label: 'Photo uploader (EU)' };
  expect(formOf(fields, undefined)).toEqual({
    name: 'photo-uploader-eu',
    namespace: 'shop',
    label: 'Photo uploader (EU)',
    storeRef: { kind: 'ClusterObjectStore', name: 'default' },
    access: [],
  });
  expect(formOf({ ...fields, name: 'mine', expires: '2099-01-01' }, undefined)).toMatchObject({
    name: 'mine',
    expiresAt: '2099-01-01T00:00:00Z',
  });
});
