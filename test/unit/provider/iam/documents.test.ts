import { expect, test } from 'vitest';
import { documentText, together, withoutAdded } from '../../../../src/provider/iam/documents.ts';
import type { StoredPolicy } from '../../../../src/provider/policy.ts';

const PATH = '/accesskeys/prod/shop/photos.x/';
const STATEMENTS = [
  { Sid: 'ReadObjects', Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::a/*'] },
];
const POLICY: StoredPolicy = {
  mark: 'mark',
  content: { Version: '2012-10-17', Statement: STATEMENTS },
};
const EMPTY: StoredPolicy = { ...POLICY, content: { ...POLICY.content, Statement: [] } };

const read = (text: string): StoredPolicy => {
  const { Id, ...content } = JSON.parse(text) as Record<string, unknown>;
  return { mark: String(Id), content };
};

test('a document spells its mark as IAM does', () => {
  expect(JSON.parse(documentText(POLICY, undefined))).toEqual({
    Id: 'mark',
    Version: '2012-10-17',
    Statement: STATEMENTS,
  });
});

test('the statement by which a key reads itself comes and goes with the text', () => {
  const stored = read(documentText(POLICY, PATH));
  expect(stored.content['Statement']).toHaveLength(2);
  expect(JSON.stringify(stored.content)).toContain(`arn:aws:iam::*:user${PATH}*`);
  expect(withoutAdded(stored, PATH).content['Statement']).toEqual(STATEMENTS);
});

test('a policy that allows nothing has a statement all the same, which comes and goes with the text', () => {
  const stored = read(documentText(EMPTY, undefined));
  expect(stored.content['Statement']).toHaveLength(1);
  expect(withoutAdded(stored, PATH).content['Statement']).toEqual([]);
});

test('a statement that somebody changed stays in sight', () => {
  const stored = read(documentText(POLICY, '/somewhere/else/'));
  expect(withoutAdded(stored, PATH).content['Statement']).toHaveLength(2);
  expect(withoutAdded({ mark: '', content: { Statement: 'x' } }, PATH).content).toEqual({ Statement: 'x' });
});

test('equal policies are one, and different ones together equal none of them', () => {
  const one = read(documentText(POLICY, undefined));
  const other = read(documentText(EMPTY, undefined));
  expect(together([])).toBeUndefined();
  expect(together([one, one])).toEqual(one);
  for (const both of [
    [other, one],
    [one, other],
    [one, one, other],
  ]) {
    const sum = together(both);
    expect(sum?.content['Statement']).toEqual(expect.arrayContaining([...STATEMENTS]));
    expect(sum?.content).not.toEqual(one.content);
  }
});
