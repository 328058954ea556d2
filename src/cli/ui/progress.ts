import { type Goal, inForce, isDisabled, isRevoked, waitFor } from '../keys/wait.ts';
import { CliError, explain } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import type { Call } from './call.ts';
import { GOALS, type GoalName, type ProgressMessage } from './protocol.ts';

const PATIENCE_MS = 120_000;

const CHECKS: Readonly<Record<GoalName, Goal>> = {
  inForce,
  disabled: isDisabled,
  revoked: isRevoked,
};

/** Yields each step of a change on its way into force, and the end. */
export function progressOf(call: Call): AsyncIterable<ProgressMessage> {
  const goal = GOALS.find((name) => name === call.query.get('goal'));
  if (goal === undefined)
    throw new CliError(EXIT.usage, 'the request is none of this page', 'reload the page');
  return messagesOf(call, CHECKS[goal]);
}

async function* messagesOf(call: Call, goal: Goal): AsyncGenerator<ProgressMessage> {
  const kubernetes = { ...call.kubernetes, namespace: call.namespace };
  const steps: string[] = [];
  let wake = () => {};
  let over = false;
  const waiting = waitFor(kubernetes, call.name, goal, {
    timeoutMs: PATIENCE_MS,
    signal: call.signal,
    onProgress(sentence) {
      steps.push(sentence);
      wake();
    },
  })
    .then((): ProgressMessage => ({ type: 'reached' }))
    .catch((error: unknown): ProgressMessage => {
      const { cause, remedy } = explain(error);
      return { type: 'failed', cause, remedy };
    })
    .finally(() => {
      over = true;
      wake();
    });
  for (;;) {
    for (const sentence of steps.splice(0)) yield { type: 'onItsWay', sentence };
    if (over) break;
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    if (steps.length === 0) await promise;
  }
  yield await waiting;
}
