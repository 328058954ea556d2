import { execFileSync } from 'node:child_process';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { lineDiff } from '../../../../src/cli/print/diff.ts';
import { environmentText } from '../../../../src/cli/tools/shells.ts';

const odd = { A: "it's $HOME `id` \\", B: 'plain' };

test('a POSIX shell gets each value as it is', () => {
  const script = `${environmentText(odd, 'sh')}\nprintf '%s|%s' "$A" "$B"`;
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(`${odd.A}|${odd.B}`);
});

test('JSON and dotenv have the same', () => {
  expect(JSON.parse(environmentText(odd, 'json'))).toEqual(odd);
  expect(parseEnv(environmentText({ B: 'a b' }, 'dotenv'))).toEqual({ B: 'a b' });
});

test('fish and PowerShell quote in their own way', () => {
  expect(environmentText(odd, 'fish').split('\n')[0]).toBe("set -gx A 'it\\'s $HOME `id` \\\\'");
  expect(environmentText(odd, 'powershell').split('\n')[0]).toBe("$env:A = 'it''s $HOME `id` \\'");
});

test('a diff keeps what both have', () => {
  expect(lineDiff('a\nb\nc', 'a\nx\nc\nd')).toEqual(['  a', '- b', '+ x', '  c', '+ d']);
  expect(lineDiff('a', 'a')).toEqual(['  a']);
});
