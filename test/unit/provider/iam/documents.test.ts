import { expect, test } from 'vitest';
import { documentText, together, withoutAdded } from '../../../../src/provider/iam/documents.ts';
import type { PolicyDocument } from '../../../../src/provider/provider.ts';

const PATH = '/accesskeys/prod/shop/photos.x/';
const DOCUMENT: PolicyDocument = {
  ID: 'mark',
  Version: '2012-10-17',
  Statement: [
    { Sid: 'ReadObjects', Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::a/*'] },
  ],
};

const read = (text: string) => {
  const document: Record<string, unknown> = JSON.parse(text);
  return { id: String(document['Id']), document };
};

test('a document spells its mark as IAM does', () => {
  expect(JSON.parse(documentText(DOCUMENT, undefined))).toEqual({
    Id: 'mark',
    Version: '2012-10-17',
    Statement: DOCUMENT.Statement,
  });
});

test('the statement by which a key reads itself comes and goes with the text', () => {
  const stored = read(documentText(DOCUMENT, PATH));
  expect(stored.document['Statement']).toHaveLength(2);
  expect(JSON.stringify(stored.document)).toContain(`arn:aws:iam::*:user${PATH}*`);
  expect(withoutAdded(stored, PATH).document['Statement']).toEqual(DOCUMENT.Statement);
});

test('a policy that allows nothing has a statement all the same, which comes and goes with the text', () => {
  const stored = read(documentText({ ...DOCUMENT, Statement: [] }, undefined));
  expect(stored.document['Statement']).toHaveLength(1);
  expect(withoutAdded(stored, PATH).document['Statement']).toEqual([]);
});

test('a statement that somebody changed stays in sight', () => {
  const stored = read(documentText(DOCUMENT, '/somewhere/else/'));
  expect(withoutAdded(stored, PATH).document['Statement']).toHaveLength(2);
  expect(withoutAdded({ id: '', document: { Statement: 'x' } }, PATH).document).toEqual({ Statement: 'x' });
});

test('equal policies are one, and different ones together equal none of them', () => {
  const one = read(documentText(DOCUMENT, undefined));
  const other = read(documentText({ ...DOCUMENT, Statement: [] }, undefined));
  expect(together([])).toBeUndefined();
  expect(together([one, one])).toEqual(one);
  for (const both of [
    [other, one],
    [one, other],
    [one, one, other],
  ]) {
    const sum = together(both);
    expect(sum?.document['Statement']).toEqual(expect.arrayContaining([...DOCUMENT.Statement]));
    expect(sum?.document).not.toEqual(one.document);
  }
});
