import { describe, expect, test } from 'vitest';
import type { BucketLevel } from '../../../../src/cli/keys/permissions.ts';
import { comparePolicy } from '../../../../src/cli/verify/own-policy.ts';
import { bucketNames, questionsFor } from '../../../../src/cli/verify/probes.ts';
import { policyDocument } from '../../../../src/provider/documents/document.ts';
import { MINIO_ACTIONS } from '../../../../src/provider/minio/actions.ts';
import { MINIO } from '../../../../src/provider/minio/traits.ts';

const level = (name: BucketLevel['level'], ...prefixes: string[]): BucketLevel => ({ level: name, prefixes });

describe('the questions to the store', () => {
  const ask = (levels: Record<string, BucketLevel>, others: string[] = []) =>
    questionsFor(new Map(Object.entries(levels)), others).map(
      ({ use, bucket, prefix, expected }) => `${use} ${bucket}/${prefix} ${expected}`,
    );

  test('are about the buckets of a limited key, outside of its prefixes, and the buckets of others', () => {
    expect(ask({ photos: level('read_write'), logs: level('read_only', 'a/') }, ['other', 'photos'])).toEqual(
      [
        'read photos/ allowed',
        'write photos/ allowed',
        'read logs/a/ allowed',
        'write logs/a/ denied',
        'read logs/ denied',
        'write logs/ denied',
        'read other/ denied',
        'write other/ denied',
      ],
    );
  });

  test('are about every bucket for an unrestricted key', () => {
    expect(ask({ '*': level('unrestricted') }, ['other'])).toEqual([
      'read other/ allowed',
      'write other/ allowed',
    ]);
  });
});

describe('verify', () => {
  const shown = (bucketName: string) => {
    const entries = [{ bucketName, permissions: 'read_only' as const, prefixes: [], settings: false }];
    const { ID: _, ...document } = policyDocument(
      {
        mark: 'mark',
        access: { kind: 'limited', entries },
        mayList: true,
        mayCreate: [],
        noWiping: [],
      },
      MINIO_ACTIONS,
    );
    return document;
  };

  test('accepts the policy of exactly the permissions', () => {
    expect(comparePolicy(shown('logs'), new Map([['logs', level('read_only')]]), MINIO.form)).toEqual({
      kind: 'exact',
    });
  });

  test('finds a policy with other buckets than the status says', () => {
    expect(comparePolicy(shown('logs'), new Map([['photos', level('read_only')]]), MINIO.form)).toEqual({
      kind: 'differs',
      differences: [
        'logs: status says none, the store has read_only',
        'photos: status says read_only, the store has none',
      ],
    });
  });

  test('finds a policy that was edited by hand', () => {
    const { Statement, ...document } = shown('logs');
    const more = [...Statement, { Effect: 'Allow', Action: ['s3:*'], Resource: ['arn:aws:s3:::x/*'] }];
    const levels = new Map([['logs', level('read_only')]]);
    expect(comparePolicy({ ...document, Statement: more }, levels, MINIO.form)).toMatchObject({
      kind: 'differs',
    });
    expect(comparePolicy(undefined, levels, MINIO.form)).toMatchObject({ kind: 'unknown' });
  });
});

test('verify reads the names of buckets in a listing', () => {
  const listing =
    '<ListAllMyBucketsResult><Owner><DisplayName>me</DisplayName></Owner><Buckets><Bucket><Name>a</Name><CreationDate>x</CreationDate></Bucket><Bucket><Name>b.c</Name></Bucket></Buckets></ListAllMyBucketsResult>';
  expect(bucketNames(listing)).toEqual(['a', 'b.c']);
});
