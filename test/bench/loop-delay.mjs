/**
 * Loaded into an operator by `--import`: on SIGUSR2 it says how long the event loop was held up at most since it was asked
 * last, as a line of the log; at first since it listens, since nobody can ask for anything while the program is loaded.
 * Measured by a timer of 10 ms, so true to that. The timer takes a quarter of a percent of a core: SIGWINCH ends it until
 * it is asked for again. Plain JavaScript, since what strips types takes 17 MiB of the process's memory.
 */
import { subscribe } from 'node:diagnostics_channel';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
subscribe('tracing:net.server.listen:asyncEnd', () => delay.reset());
process.on('SIGWINCH', () => delay.disable());
process.on('SIGUSR2', () => {
  const maxMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
  delay.reset();
  delay.enable();
  process.stdout.write(`${JSON.stringify({ msg: 'event loop', maxMs })}\n`);
});
