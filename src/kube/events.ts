import type { Log } from '../runtime/log.ts';
import { sleep } from '../runtime/sleep.ts';
import { createTokenBucket } from '../runtime/token-bucket.ts';
import type { KubeClient } from './client.ts';
import { isNotFound } from './errors.ts';
import { createEventLine, type Waiting } from './event-line.ts';
import type { KubeObject } from './objects.ts';
import { kubeResource } from './resource.ts';

/** The object that an event is about (core/v1 ObjectReference). */
interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly uid: string;
}

export interface Occurrence {
  readonly type: 'Normal' | 'Warning';
  /** Why it happened, in one CamelCase word. */
  readonly reason: string;
  /** What was done or failed, in one CamelCase word. */
  readonly action: string;
  /** For people; cut at 1024 bytes. */
  readonly note: string;
}

/** Writes events to the API server in the background: never late for anybody, and lost rather than in the way. */
export interface EventRecorder {
  /** Never throws. The same again within 10 minutes counts up the event that is there. */
  record(regarding: ObjectReference, occurrence: Occurrence): void;
  /** How many events were lost: too many of their namespace, too many that waited, or not taken by the API server. */
  dropped(): number;
  /** Waits until what was recorded has been sent, at most `timeoutMs`, then gives up what is left. */
  flush(timeoutMs: number): Promise<void>;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** The reportingController, like `accesskeys.dev/access-key-operator`. */
  readonly component: string;
  /** The reportingInstance: the pod's name. */
  readonly instance: string;
  readonly log: Log;
  /** Whether the API server has more pressing things to do for us: Normal events rest as long as may be then. */
  readonly isBusy?: () => boolean;
  /** The wall clock, in ms since 1970. */
  readonly now?: () => number;
}

interface Entry extends Waiting {
  readonly regarding: ObjectReference;
  readonly occurrence: Occurrence;
  /** The name of the event that the server has, once it has one. */
  name: string | undefined;
  count: number;
  lastAt: number;
}

interface KubeEvent extends KubeObject {
  readonly regarding: ObjectReference;
}

const SAME_EVENT_MS = 10 * 60_000;
const MAX_REMEMBERED = 4_000;
/** So many are written, one at a time: the API server has its time for what keys wait for. */
const PACE = { burst: 20, perSecond: 20 };
/** How long a Normal event rests while keys wait, in ms. */
const BUSY_REST_MS = 1_000;
const MAX_NOTE_BYTES = 1_024;

/** Makes a recorder of events.k8s.io/v1 Events (KEP-383). */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, component, instance, log, isBusy = () => false, now = Date.now } = options;
  const events = kubeResource<KubeEvent>({
    client,
    group: 'events.k8s.io',
    version: 'v1',
    plural: 'events',
    namespaced: true,
  });
  /** What was recorded lately, the latest last. */
  const entries = new Map<string, Entry>();
  const line = createEventLine<Entry>(now);
  const pace = createTokenBucket({ ...PACE, now });
  const stop = new AbortController();
  /** Ends the rests: nothing else is waited for any more. */
  const hurry = new AbortController();
  let sending: Promise<void> | undefined;
  let dropped = 0;

  function record(regarding: ObjectReference, occurrence: Occurrence): void {
    const key = [regarding.uid, occurrence.type, occurrence.reason, occurrence.action, occurrence.note].join(
      '\n',
    );
    const known = entries.get(key);
    const same = known !== undefined && now() - known.lastAt < SAME_EVENT_MS;
    const { type } = occurrence;
    const entry = same
      ? known
      : {
          namespace: namespaceOf(regarding),
          type,
          regarding,
          occurrence,
          name: undefined,
          count: 0,
          lastAt: 0,
        };
    if (!line.add(key, entry)) {
      dropped++;
      return;
    }
    entry.count++;
    entry.lastAt = now();
    entries.delete(key);
    entries.set(key, entry);
    forgetOld();
    sending ??= sendWaiting();
  }

  function forgetOld(): void {
    for (const [key, { lastAt }] of entries) {
      if (entries.size <= MAX_REMEMBERED && now() - lastAt < SAME_EVENT_MS) return;
      entries.delete(key);
    }
  }

  /** Also what is recorded meanwhile. */
  async function sendWaiting(): Promise<void> {
    for (let entry = line.take(); entry !== undefined; entry = line.take()) {
      await send(entry);
      await sleep(restMs(entry), hurry.signal);
    }
    sending = undefined;
  }

  /** A Warning says what somebody has to do: what comes after it isn't kept for long. */
  function restMs({ type }: Entry): number {
    pace.take();
    return type === 'Normal' && isBusy() ? BUSY_REST_MS : pace.waitMs();
  }

  async function send(entry: Entry): Promise<void> {
    try {
      if (entry.name === undefined || !(await countUp(entry, entry.name))) await create(entry);
    } catch (error) {
      dropped++;
      log.debug({ err: error, reason: entry.occurrence.reason }, 'an event could not be recorded');
    }
  }

  async function create(entry: Entry): Promise<void> {
    const { namespace, regarding, occurrence } = entry;
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { generateName: `${regarding.name}-`, namespace },
      eventTime: microTime(entry.lastAt),
      reportingController: component,
      reportingInstance: instance,
      regarding,
      ...occurrence,
      note: cut(occurrence.note),
      ...(entry.count > 1 && { series: seriesOf(entry) }),
    };
    entry.name = (await events.create(event, { signal: stop.signal })).metadata.name;
  }

  /** Returns false where the event is gone: the server keeps them for an hour. */
  async function countUp(entry: Entry, name: string): Promise<boolean> {
    try {
      const body = { series: seriesOf(entry) };
      await events.patch(name, entry.namespace, body, { signal: stop.signal });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  return {
    record,
    dropped: () => dropped,
    async flush(timeoutMs) {
      if (sending === undefined) return;
      hurry.abort();
      const over = new AbortController();
      await Promise.race([sending, sleep(timeoutMs, over.signal)]);
      over.abort();
      dropped += line.size;
      line.clear();
      stop.abort(new Error('events are given up'));
    },
  };
}

function seriesOf({ count, lastAt }: Entry): object {
  return { count, lastObservedTime: microTime(lastAt) };
}

/** Events about what has no namespace go to `default`, as the API server wants it. */
function namespaceOf({ namespace }: ObjectReference): string {
  return namespace ?? 'default';
}

/** A time as meta/v1 MicroTime: exactly six digits. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

function cut(note: string): string {
  const bytes = Buffer.from(note);
  if (bytes.length <= MAX_NOTE_BYTES) return note;
  // A character that is cut in two at the end becomes a replacement character, and goes.
  return bytes
    .subarray(0, MAX_NOTE_BYTES)
    .toString()
    .replace(/\uFFFD+$/, '');
}
