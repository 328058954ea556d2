/** Waiting until a change is in force. Polls one object, which needs no more than the right to get it. */
import { readyOf } from '../../api/conditions.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isNotFound, KubeError } from '../../kube/errors.ts';
import { sleep } from '../../runtime/sleep.ts';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';
import { isObserved } from './facts.ts';

const POLL_MS = 400;

/** The place of a key on its way to what a command waits for; `undefined` is a key that is gone. */
export type Progress =
  | { readonly state: 'reached' }
  | { readonly state: 'onItsWay'; readonly sentence: string }
  | { readonly state: 'stopped'; readonly sentence: string };

type Condition = NonNullable<AccessKey['status']['conditions']>[number];

/** Judges how far a key is on its way. */
export type Goal = (accessKey: AccessKey | undefined) => Progress;

const GONE: Progress = { state: 'stopped', sentence: 'somebody deleted the AccessKey' };

/** Reports the goal as reached when the spec is in force as it is now and the pair works. */
export function inForce(accessKey: AccessKey | undefined): Progress {
  return accessKey === undefined ? GONE : standing(accessKey, ({ status }) => status === 'True');
}

/** Reports the goal as reached when the store refuses the key since the spec disables it. */
export function isDisabled(accessKey: AccessKey | undefined): Progress {
  return accessKey === undefined ? GONE : standing(accessKey, ({ reason }) => reason === 'Disabled');
}

/**
 * Reports the goal as reached when the operator has removed user, policy and Secret, and the object has gone.
 */
export function isRevoked(accessKey: AccessKey | undefined): Progress {
  if (accessKey === undefined) return { state: 'reached' };
  return { state: 'onItsWay', sentence: sentenceOf(accessKey) };
}

function standing(accessKey: AccessKey, reached: (ready: Condition) => boolean): Progress {
  const ready = readyOf(accessKey);
  if (ready === undefined) return { state: 'onItsWay', sentence: 'waiting for the operator' };
  if (!isObserved(accessKey))
    return { state: 'onItsWay', sentence: 'waiting for the operator to take up the change' };
  if (reached(ready)) return { state: 'reached' };
  const stalled = accessKey.status.conditions?.some(
    ({ type, status }) => type === 'Stalled' && status === 'True',
  );
  return { state: stalled ? 'stopped' : 'onItsWay', sentence: sentenceOf(accessKey) };
}

function sentenceOf(accessKey: AccessKey): string {
  const ready = readyOf(accessKey);
  return ready === undefined ? 'waiting for the operator' : `${ready.reason}: ${ready.message}`;
}

/** Options of a wait. */
export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called with each new sentence on the way. */
  readonly onProgress: (sentence: string) => void;
}

/**
 * Waits until the key reaches the goal.
 * @returns the key as it is then, undefined if it is gone
 * @throws CliError if somebody has to act first, or if the time is over
 */
export async function waitFor(
  { accessKeys, namespace }: Kubernetes,
  name: string,
  goal: Goal,
  { timeoutMs, signal, onProgress }: WaitOptions,
): Promise<AccessKey | undefined> {
  const deadline = performance.now() + timeoutMs;
  let said = '';
  for (;;) {
    let sentence: string;
    try {
      const accessKey = await read();
      const progress = goal(accessKey);
      if (progress.state === 'reached') return accessKey;
      if (progress.state === 'stopped')
        throw new CliError(
          EXIT.no,
          `${namespace}/${name}: ${progress.sentence}`,
          'the change is written, and is in force once that is cured: kubectl accesskey show',
        );
      sentence = progress.sentence;
    } catch (error) {
      // The change is written: an API server that is away for a moment changes nothing of it.
      if (!mayPass(error)) throw error;
      sentence = `the API server does not answer: ${error.message}`;
    }
    if (sentence !== said) onProgress(sentence);
    said = sentence;
    if (performance.now() > deadline)
      throw new CliError(
        EXIT.no,
        `${namespace}/${name} is not there after ${timeoutMs / 1_000} s: ${said}`,
        'the change is written, and the operator continues: wait longer with --timeout, or run kubectl accesskey doctor',
      );
    await sleep(POLL_MS, signal);
    signal.throwIfAborted();
  }

  async function read(): Promise<AccessKey | undefined> {
    try {
      return await accessKeys.get(name, namespace, { signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

/** True if the same request may pass later: no answer, a broken one, or a server that can't now. */
function mayPass(error: unknown): error is KubeError {
  if (!(error instanceof KubeError) || error.kind === 'aborted') return false;
  return error.kind !== 'answered' || error.status === 429 || error.status >= 500;
}
