/**
 * Keys that are ready, each in the lane of what it depends on (a server, say). Of one lane only so many are taken at
 * once, and lanes take turns: one whose work hangs keeps nobody waiting but itself.
 */
export interface Lanes {
  add(key: string): void;
  /** The next key: the oldest one of the lane whose turn it is and that has room. Undefined where there is none. */
  take(): string | undefined;
  /** The key that was taken needs its place no more. */
  release(key: string): void;
  /** How many keys wait. */
  readonly size: number;
  /** Drops what waits. */
  clear(): void;
}

export interface LaneOptions {
  /** The lane of a key, asked whenever it is added. */
  readonly of: (key: string) => string;
  /** How many keys of a lane are taken at once, asked whenever one could be. */
  readonly concurrency: (lane: string) => number;
}

const UNLIMITED: LaneOptions = { of: () => '', concurrency: () => Number.POSITIVE_INFINITY };

/** Makes lanes; without options there is a single one, and no limit. */
export function createLanes(options?: LaneOptions): Lanes {
  const { of: laneOf, concurrency } = options ?? UNLIMITED;
  /** The lanes with keys that wait and with room, in the order of their turns. */
  const open = new Map<string, Set<string>>();
  /** The lanes with keys that wait and without room. */
  const full = new Map<string, Set<string>>();
  const taken = new Map<string, string>();
  const counts = new Map<string, number>();
  let size = 0;

  const hasRoom = (lane: string) => (counts.get(lane) ?? 0) < concurrency(lane);

  return {
    add(key) {
      const lane = laneOf(key);
      const keys = open.get(lane) ?? full.get(lane) ?? new Set();
      keys.add(key);
      size += 1;
      if (!full.has(lane)) (hasRoom(lane) ? open : full).set(lane, keys);
    },
    take() {
      for (const [lane, keys] of open) {
        // To the end of the turns.
        open.delete(lane);
        if (!hasRoom(lane)) {
          // It had, when it was asked last.
          full.set(lane, keys);
          continue;
        }
        const [key = ''] = keys;
        keys.delete(key);
        size -= 1;
        taken.set(key, lane);
        counts.set(lane, (counts.get(lane) ?? 0) + 1);
        if (keys.size > 0) (hasRoom(lane) ? open : full).set(lane, keys);
        return key;
      }
      return undefined;
    },
    release(key) {
      const lane = taken.get(key);
      if (lane === undefined) return;
      taken.delete(key);
      const left = (counts.get(lane) ?? 1) - 1;
      if (left > 0) counts.set(lane, left);
      else counts.delete(lane);
      const keys = full.get(lane);
      if (!keys || !hasRoom(lane)) return;
      full.delete(lane);
      open.set(lane, keys);
    },
    get size() {
      return size;
    },
    clear() {
      open.clear();
      full.clear();
      size = 0;
    },
  };
}
