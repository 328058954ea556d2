import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { IdleTimeoutError, untilSilent } from '../../../src/kube/idle-timeout.ts';

test('gives what arrives, and ends with the stream', async () => {
  const stream = new PassThrough({ encoding: 'utf8' });
  stream.end('all');
  expect(await Array.fromAsync(untilSilent<string>(stream, 10_000))).toEqual(['all']);
});

test('ends a stream on which nothing arrives any more', async () => {
  const stream = new PassThrough({ encoding: 'utf8' });
  stream.write('first');
  const seen: string[] = [];
  const reading = (async () => {
    for await (const chunk of untilSilent<string>(stream, 20)) seen.push(chunk);
  })();
  await expect(reading).rejects.toThrow(IdleTimeoutError);
  expect(seen).toEqual(['first']);
  expect(stream.destroyed).toBe(true);
});

test('does not count the time that its reader takes', async () => {
  const stream = new PassThrough({ encoding: 'utf8' });
  stream.write('first');
  const chunks = untilSilent<string>(stream, 50);
  expect((await chunks.next()).value).toBe('first');
  await sleep(200);
  stream.end('second');
  expect(await Array.fromAsync(chunks)).toEqual(['second']);
});

test('leaves nothing behind if its reader stops', async () => {
  const stream = new PassThrough({ encoding: 'utf8' });
  stream.write('first');
  for await (const _ of untilSilent<string>(stream, 50)) break;
  expect(stream.destroyed).toBe(true);
});
