/**
 * For `node --import`: the process's wall clock is off by the ms that the file in CLOCK_SHIFT_FILE holds, read each
 * time, so that it can be made to jump. Timers and performance.now are as they were, as with a real clock that is set.
 */
import { readFileSync } from 'node:fs';

const RealDate = Date;
const file = process.env['CLOCK_SHIFT_FILE'] ?? '';
const now = (): number => RealDate.now() + (Number(readFileSync(file, 'utf8')) || 0);

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) => Reflect.construct(target, args.length === 0 ? [now()] : args),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
