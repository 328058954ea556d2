import type { Log } from '../runtime/log.ts';
import { sleep } from '../runtime/sleep.ts';
import { createTokenBucket } from '../runtime/token-bucket.ts';
import type { KubeClient } from './client.ts';
import { isForbidden, isNotFound } from './errors.ts';
import { createEventLine, type Waiting } from './event-line.ts';
import type { KubeObject } from './objects.ts';
import { kubeResource } from './resource.ts';

/** The object of an event (core/v1 ObjectReference). */
interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly uid: string;
}

/** The content of an event, apart from its object. */
export interface EventContent {
  readonly type: 'Normal' | 'Warning';
  /** The cause, in one CamelCase word. */
  readonly reason: string;
  /** The operator's action, in one CamelCase word. */
  readonly action: string;
  /** A text for people; cut at 1024 bytes. */
  readonly note: string;
}

/**
 * A recorder that writes events to the API server in the background. It delays no other work, and loses
 * events rather than hinder it.
 */
export interface EventRecorder {
  /**
   * Records an event and never throws. A repetition within 10 minutes raises the count of the existing event.
   */
  record(regarding: ObjectReference, content: EventContent): void;
  /**
   * Returns the number of lost events: too many of their namespace, too many waiting, or not accepted by the
   * API server.
   */
  dropped(): number;
  /** Waits until all recorded events are sent, at most `timeoutMs`, then drops the rest. */
  flush(timeoutMs: number): Promise<void>;
}

/** Options of a recorder of Events. */
export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** The reportingController, like `accesskeys.dev/access-key-operator`. */
  readonly component: string;
  /** The reportingInstance: the pod's name. */
  readonly instance: string;
  readonly log: Log;
  /** True while the operator has more urgent requests for the API server. Normal events then rest longer. */
  readonly isBusy?: () => boolean;
  /** The wall clock, in ms since 1970. */
  readonly now?: () => number;
}

interface Entry extends Waiting {
  readonly regarding: ObjectReference;
  readonly content: EventContent;
  /** The name of the server's event, once it has one. */
  name: string | undefined;
  count: number;
  lastAt: number;
}

interface KubeEvent extends KubeObject {
  readonly regarding: ObjectReference;
}

const SAME_EVENT_MS = 10 * 60_000;
const MAX_REMEMBERED = 4_000;
/**
 * Limits the rate of events. The recorder writes one at a time, and leaves the API server to requests that
 * keys wait for.
 */
const PACE = { burst: 20, perSecond: 20 };
/** The rest after a Normal event while keys wait, in ms. */
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
  /** The recent events, the latest last. */
  const entries = new Map<string, Entry>();
  const line = createEventLine<Entry>(now);
  const pace = createTokenBucket({ ...PACE, now });
  const stop = new AbortController();
  /** Ends the rests at a flush. */
  const hurry = new AbortController();
  let sending: Promise<void> | undefined;
  let dropped = 0;
  /** The namespaces in which the API server's last answer was that the operator may not write Events. */
  const refusing = new Set<string>();

  function record(regarding: ObjectReference, content: EventContent): void {
    const key = [regarding.uid, content.type, content.reason, content.action, content.note].join('\n');
    const known = entries.get(key);
    const same = known !== undefined && now() - known.lastAt < SAME_EVENT_MS;
    const { type } = content;
    const entry = same
      ? known
      : {
          namespace: namespaceOf(regarding),
          type,
          regarding,
          content,
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

  /** Sends all waiting events, including those that `record` adds meanwhile. */
  async function sendWaiting(): Promise<void> {
    for (let entry = line.take(); entry !== undefined; entry = line.take()) {
      await send(entry);
      await sleep(restMs(entry), hurry.signal);
    }
    sending = undefined;
  }

  /** Returns the rest after an event. It is shorter after a Warning, which tells a user what to do. */
  function restMs({ type }: Entry): number {
    pace.take();
    return type === 'Normal' && isBusy() ? BUSY_REST_MS : pace.waitMs();
  }

  async function send(entry: Entry): Promise<void> {
    try {
      if (entry.name === undefined || !(await countUp(entry, entry.name))) await create(entry);
      refusing.delete(entry.namespace);
    } catch (error) {
      dropped++;
      logLoss(entry, error);
    }
  }

  /** Logs a lost event: a refusal once, until the namespace takes events again, others for debugging. */
  function logLoss({ namespace, content: { reason } }: Entry, error: unknown): void {
    const isNews = isForbidden(error) && !refusing.has(namespace);
    if (isNews) refusing.add(namespace);
    log[isNews ? 'warn' : 'debug']({ namespace, reason, err: error }, 'an event could not be recorded');
  }

  async function create(entry: Entry): Promise<void> {
    const { namespace, regarding, content } = entry;
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { generateName: `${regarding.name}-`, namespace },
      eventTime: microTime(entry.lastAt),
      reportingController: component,
      reportingInstance: instance,
      regarding,
      ...content,
      note: cut(content.note),
      ...(entry.count > 1 && { series: seriesOf(entry) }),
    };
    entry.name = (await events.create(event, { signal: stop.signal })).metadata.name;
  }

  /** Returns false if the event has gone, since the server keeps events for an hour. */
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

/** Returns the event's namespace. The API server wants events about cluster-wide objects in `default`. */
function namespaceOf({ namespace }: ObjectReference): string {
  return namespace ?? 'default';
}

/** Formats a time as meta/v1 MicroTime, with exactly six digits. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

function cut(note: string): string {
  const bytes = Buffer.from(note);
  if (bytes.length <= MAX_NOTE_BYTES) return note;
  // The cut may split the last character, which becomes a replacement character. Remove it.
  return bytes
    .subarray(0, MAX_NOTE_BYTES)
    .toString()
    .replace(/\uFFFD+$/, '');
}
