import { describe, expect, test } from 'vitest';
import { childOf, membersOf, parseXml, textOf } from '../../../../src/provider/iam/xml.ts';
import { ShapeError } from '../../../../src/provider/json-members.ts';

const parse = (text: string) => parseXml(Buffer.from(text));

describe('parseXml', () => {
  test('reads elements, their text, and the entities of XML', () => {
    const root = parse(
      '<?xml version="1.0" encoding="UTF-8"?><A xmlns="urn:a"><B c="d">{&quot;ü&quot;:&#38;&amp;}</B><B/></A>',
    );
    expect(root).toEqual({
      name: 'A',
      text: '',
      children: [
        { name: 'B', text: '{"ü":&&}', children: [] },
        { name: 'B', text: '', children: [] },
      ],
    });
  });

  test('reads text that is longer than a buffer, and CDATA', () => {
    const long = 'x'.repeat(200_000);
    expect(parse(`<A>${long}</A>`).text).toBe(long);
    expect(parse('<A><![CDATA[<b>&amp;]]></A>').text).toBe('<b>&amp;');
  });

  test.each([
    ['nothing', ''],
    ['JSON', '{"Code":"NoSuchEntity"}'],
    ['a page for people', '<!doctype html><html lang=en><title>x</title>'],
    ['an element without an end', '<A><B></B>'],
    ['an end without a beginning', '<A></B></A>'],
    ['two roots', '<A/>text<B'],
    ['an unknown entity', '<A>&nbsp;</A>'],
    ['an entity of its own', '<!DOCTYPE A [<!ENTITY b "cc">]><A>&b;</A>'],
    ['text after an interrupted tag', '<A><B <C/></A>'],
    ['a hundred elements in each other', `${'<A>'.repeat(100)}${'</A>'.repeat(100)}`],
  ])('refuses %s', (_, text) => {
    expect(() => parse(text)).toThrow(ShapeError);
  });

  test('never says what was sent', () => {
    try {
      parse('<A>secret</B>');
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain('secret');
    }
  });
});

describe('reading an element', () => {
  const root = parse('<A><Users><member><Name>a</Name></member><other/><member/></Users><Empty/></A>');

  test('gives the members of a list and nothing else', () => {
    expect(membersOf(root, 'Users')).toHaveLength(2);
    expect(membersOf(root, 'Groups')).toEqual([]);
  });

  test('gives an empty text for an empty element, and none for an absent one', () => {
    expect(textOf(root, 'Empty')).toBe('');
    expect(() => textOf(root, 'Missing')).toThrow('the answer has no Missing');
    expect(childOf(undefined, 'A')).toBeUndefined();
  });
});
