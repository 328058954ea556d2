import { type AdaptiveLimitOptions, createAdaptiveLimit } from '../network/adaptive-limit.ts';
import { createPatience } from '../network/patience.ts';
import type { Connection, HttpAnswer, HttpRequest } from './connection.ts';
import { StoreError } from './errors.ts';

/** A request whose deadline follows from the answers before it. */
interface PacedRequest extends Omit<HttpRequest, 'timeoutMs'> {
  /** True if it takes the server long, however few requests wait. It has four times the deadline. */
  readonly slow?: boolean;
  /** The longest deadline, however slow the store is. Default: no limit of its own. */
  readonly maxTimeoutMs?: number | undefined;
  /** True if it changes nothing, so that a quick answer says nothing of writes. Default: true for a GET. */
  readonly isRead?: boolean;
  /** True if an answer says that the store has too much to do. Default: by its status. */
  readonly isBusy?: (answer: HttpAnswer) => boolean;
}

/** A connection that learns from each answer how long to wait, and how much to ask at once. */
export interface PacedConnection extends Pick<Connection, 'host' | 'close'> {
  request(request: PacedRequest): Promise<HttpAnswer>;
  /** Returns how many keys may use the store at the same time. */
  concurrency(): number;
  /** Returns the longest time that an ordinary request may take now, in ms. */
  patienceMs(): number;
}

/** Options of a paced connection. */
export interface PaceOptions {
  /** The deadline of a request to a store that answers in time, in ms. */
  readonly timeoutMs: number;
  /** Default: 16 at the same time, which a server nearby is busy with. */
  readonly concurrency?: AdaptiveLimitOptions | undefined;
  /** The longest deadline of a slow store, in ms. Default: five minutes. */
  readonly maxTimeoutMs?: number;
}

const DEFAULT_CONCURRENCY: AdaptiveLimitOptions = { min: 16, max: 16, isWanted: () => false };
/** A list waits until the server has loaded all users: 9 s after its start, with 10,000 of them. */
const SLOW_FACTOR = 4;
/**
 * The longest deadline. A MinIO that waits for a frozen node takes half a minute for each file that it reads
 * or writes, and reads and writes five to make a user.
 */
const MAX_TIMEOUT_MS = 300_000;
/** A store is slow while its deadline exceeds this multiple of the usual one. */
const SLOW_LIMITS = 2;
/**
 * A slow store does its writes one after the other. More requests only wait until their deadlines are over.
 */
const SLOW_CONCURRENCY = 4;
/** A timer may fire this much too early, in ms. */
const TIMER_SLACK_MS = 5;
/** The statuses for too many requests, and for a temporary overload. */
const BUSY: ReadonlySet<number> = new Set([429, 503]);

const isBusyStatus = ({ status }: HttpAnswer) => BUSY.has(status);

/** Paces the requests of a connection. */
export function paced(connection: Connection, options: PaceOptions): PacedConnection {
  const { timeoutMs, concurrency = DEFAULT_CONCURRENCY, maxTimeoutMs = MAX_TIMEOUT_MS } = options;
  const limit = createAdaptiveLimit(concurrency);
  const maxMs = Math.max(timeoutMs, maxTimeoutMs);
  const patience = createPatience({ minMs: timeoutMs, maxMs, now: () => performance.now() });
  const isSlow = () => patience.limitMs > SLOW_LIMITS * timeoutMs;

  return {
    host: connection.host,
    close: connection.close,
    concurrency: () => (isSlow() ? Math.min(limit.value, SLOW_CONCURRENCY) : limit.value),
    patienceMs: () => patience.limitMs,
    request: async ({ slow = false, maxTimeoutMs = Number.POSITIVE_INFINITY, ...request }) => {
      const { isRead = request.method === 'GET', isBusy = isBusyStatus, ...sent } = request;
      const patientMs = Math.max(patience.limitMs, slow ? SLOW_FACTOR * timeoutMs : 0);
      const deadlineMs = Math.min(patientMs, Math.max(maxTimeoutMs, timeoutMs));
      const startedAt = performance.now();
      const tookMs = () => performance.now() - startedAt;
      try {
        const answer = await connection.request({ ...sent, timeoutMs: deadlineMs });
        patience.answered(slow ? 0 : tookMs(), !isRead && !slow);
        if (isBusy(answer)) limit.failed();
        else if (!slow) limit.answered(tookMs());
        return answer;
      } catch (error) {
        if (error instanceof StoreError && error.kind === 'unreachable') {
          limit.failed();
          if (!slow && tookMs() >= deadlineMs - TIMER_SLACK_MS) patience.timedOut(deadlineMs);
        }
        throw error;
      }
    },
  };
}
