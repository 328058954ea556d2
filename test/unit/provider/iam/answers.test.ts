import { describe, expect, test } from 'vitest';
import {
  pageOf,
  parseKey,
  parseNewKey,
  parsePolicy,
  parseUser,
  parseUserResult,
} from '../../../../src/provider/iam/answers.ts';
import { parseXml } from '../../../../src/provider/iam/xml.ts';
import { ShapeError } from '../../../../src/provider/json-members.ts';

const xml = (text: string) => parseXml(Buffer.from(text));
const USER =
  '<User><Path>/accesskeys/c/</Path><UserName>AKO1</UserName><UserId>x</UserId><Arn>arn:aws:iam::1:user/accesskeys/c/AKO1</Arn><CreateDate>2026-11-27T22:54:57.571014Z</CreateDate></User>';
const KEY =
  '<AccessKey><UserName>a</UserName><AccessKeyId>AKIA1</AccessKeyId><Status>Active</Status><SecretAccessKey>s3cret</SecretAccessKey></AccessKey>';

test('a user has its name, path, ARN and time', () => {
  expect(parseUserResult(xml(`<R>${USER}</R>`))).toEqual({
    name: 'AKO1',
    path: '/accesskeys/c/',
    arn: 'arn:aws:iam::1:user/accesskeys/c/AKO1',
    createdAt: Date.parse('2026-11-27T22:54:57.571Z'),
  });
});

test.each(['Path', 'UserName', 'Arn', 'CreateDate'])('a user without %s is refused', (name) => {
  const without = USER.replace(new RegExp(`<${name}>.*?</${name}>`), '');
  expect(() => parseUser(xml(without))).toThrow(ShapeError);
});

test('a new key needs both halves of its pair', () => {
  expect(parseNewKey(xml(`<R>${KEY}</R>`))).toEqual({ accessKeyId: 'AKIA1', secretAccessKey: 's3cret' });
  for (const half of ['AccessKeyId', 'SecretAccessKey']) {
    const empty = KEY.replace(new RegExp(`<${half}>.*?<`), `<${half}><`);
    expect(() => parseNewKey(xml(`<R>${empty}</R>`))).toThrow('half a pair');
  }
});

test('a key of unknown status counts as active', () => {
  const key = (status: string) =>
    xml(
      `<m><AccessKeyId>A</AccessKeyId><Status>${status}</Status><CreateDate>2026-01-01T00:00:00Z</CreateDate></m>`,
    );
  expect(parseKey(key('Inactive')).active).toBe(false);
  expect(parseKey(key('Active')).active).toBe(true);
  expect(parseKey(key('Expired')).active).toBe(true);
});

describe('a page', () => {
  const parse = pageOf('Users', parseUser);
  const list = (rest: string) => xml(`<R><Users><member>${USER.slice(6, -7)}</member></Users>${rest}</R>`);

  test('names no other if it is the last one', () => {
    expect(parse(list('<IsTruncated>false</IsTruncated><Marker>x</Marker>')).marker).toBeUndefined();
    expect(parse(list('')).members).toHaveLength(1);
  });

  test('says where the list goes on if it is cut off', () => {
    expect(parse(list('<IsTruncated>true</IsTruncated><Marker>next</Marker>')).marker).toBe('next');
    expect(() => parse(list('<IsTruncated>true</IsTruncated>'))).toThrow('the answer has no Marker');
  });
});

describe('an inline policy', () => {
  const answer = (document: string) => xml(`<R><PolicyDocument>${document}</PolicyDocument></R>`);
  const document = { Id: 'mark "ü" 100%', Version: '2012-10-17', Statement: [] };

  test('is read as AWS and VersityGW encode it', () => {
    expect(parsePolicy(answer(encodeURIComponent(JSON.stringify(document))))).toEqual({
      mark: 'mark "ü" 100%',
      content: { Version: '2012-10-17', Statement: [] },
    });
  });

  test('is read as Ceph sends it', () => {
    const escaped = JSON.stringify(document).replaceAll('"', '&quot;');
    expect(parsePolicy(answer(escaped))).toEqual({
      mark: 'mark "ü" 100%',
      content: { Version: '2012-10-17', Statement: [] },
    });
  });

  test('has no mark if its Id is absent, or no text', () => {
    expect(parsePolicy(answer('{}')).mark).toBe('');
    expect(parsePolicy(answer('{&quot;Id&quot;:1}')).mark).toBe('');
    expect(parsePolicy(answer('{&quot;__proto__&quot;:{&quot;Id&quot;:&quot;x&quot;}}')).mark).toBe('');
  });

  test.each(['[]', 'null', '%7', '%E0%A4%A', 'x', encodeURIComponent('[]')])(
    'is refused if it is %s',
    (text) => {
      expect(() => parsePolicy(answer(text))).toThrow(ShapeError);
    },
  );
});
