/** The group and flow of a key, and whether it is urgent. They decide its order. */
export interface Classification {
  /** The resource that its keys share and that has a limit, such as the server that they use. */
  readonly group: string;
  /**
   * The owner of the key. Flows of a group take turns, so that one with thousands of keys delays no other.
   */
  readonly flow: string;
  /** True if the key never waits for an ordinary one. Urgent keys have a second limit of the same size. */
  readonly urgent: boolean;
}

/**
 * A queue of ready keys. Groups take turns, and flows take turns within a group; the oldest key of a flow
 * goes first.
 */
export interface FairQueue {
  /** Adds the key. A key that waits already keeps its turn, or moves if its classification has changed. */
  add(key: string): void;
  /** Takes the next key of a group that has room. Returns undefined if there is none. */
  take(): string | undefined;
  /** Gives back the room of a taken key. */
  release(key: string): void;
  /** The number of waiting keys. */
  readonly size: number;
  /** Drops the waiting keys. */
  clear(): void;
}

/** Options of a fair queue. */
export interface FairQueueOptions {
  /** Returns the classification of a key. The queue calls it at every `add`. */
  readonly classify: (key: string) => Classification;
  /** Returns the maximum number of taken keys of a group. The queue calls it whenever it could take one. */
  readonly limit: (group: string) => number;
}

/**
 * A group may exceed its limit by this share, for flows that have no taken key. A flow whose hanging keys
 * fill the limit then keeps no other flow from its first key.
 */
const RESERVE = 1 / 8;

const UNCLASSIFIED: Classification = { group: '', flow: '', urgent: false };
const UNLIMITED: FairQueueOptions = { classify: () => UNCLASSIFIED, limit: () => Number.POSITIVE_INFINITY };

/** The ordinary or the urgent keys of a group. */
interface Group {
  readonly name: string;
  /** The waiting keys by flow, in the order of the flows' turns. */
  readonly waiting: Map<string, Set<string>>;
  /** The number of taken keys by flow. A flow without any has no entry. */
  readonly taken: Map<string, number>;
  /** The number of taken keys. */
  total: number;
}

/** Makes an empty queue. Without options it has one group with one flow, and no limit. */
export function createFairQueue({ classify, limit }: FairQueueOptions = UNLIMITED): FairQueue {
  const groups = { ordinary: new Map<string, Group>(), urgent: new Map<string, Group>() };
  /** The groups that may have a key to take, in the order of their turns. */
  const turns = new Set<Group>();
  const waiting = new Map<string, Classification>();
  const taken = new Map<string, Classification>();

  function groupOf({ group: name, urgent }: Classification): Group {
    const known = groups[urgent ? 'urgent' : 'ordinary'];
    const group = known.get(name) ?? { name, waiting: new Map(), taken: new Map(), total: 0 };
    known.set(name, group);
    return group;
  }

  function forget({ group: name, urgent }: Classification, { waiting, total }: Group): void {
    if (waiting.size === 0 && total === 0) groups[urgent ? 'urgent' : 'ordinary'].delete(name);
  }

  /** Removes a waiting key. */
  function leave(key: string, classification: Classification): void {
    const group = groupOf(classification);
    const keys = group.waiting.get(classification.flow);
    keys?.delete(key);
    if (keys?.size === 0) group.waiting.delete(classification.flow);
    waiting.delete(key);
    forget(classification, group);
  }

  function nextFlow({ name, waiting, taken, total }: Group): string | undefined {
    const max = limit(name);
    if (total >= max + Math.floor(max * RESERVE)) return undefined;
    for (const flow of waiting.keys()) if (total < max || !taken.has(flow)) return flow;
    return undefined;
  }

  function takeFrom(group: Group, flow: string): string {
    const keys = group.waiting.get(flow) ?? new Set();
    const [key = ''] = keys;
    const classification = waiting.get(key) ?? UNCLASSIFIED;
    keys.delete(key);
    waiting.delete(key);
    // Move the flow to the end of the turns.
    group.waiting.delete(flow);
    if (keys.size > 0) group.waiting.set(flow, keys);
    if (group.waiting.size > 0) turns.add(group);
    taken.set(key, classification);
    group.taken.set(flow, (group.taken.get(flow) ?? 0) + 1);
    group.total += 1;
    return key;
  }

  return {
    add(key) {
      const classification = classify(key);
      const before = waiting.get(key);
      if (before && isSame(before, classification)) return;
      if (before) leave(key, before);
      const group = groupOf(classification);
      const keys = group.waiting.get(classification.flow) ?? new Set();
      keys.add(key);
      group.waiting.set(classification.flow, keys);
      waiting.set(key, classification);
      turns.add(group);
    },
    take() {
      for (const group of turns) {
        turns.delete(group);
        const flow = nextFlow(group);
        // A group without room has its next turn when one of its keys is added or released.
        if (flow !== undefined) return takeFrom(group, flow);
      }
      return undefined;
    },
    release(key) {
      const classification = taken.get(key);
      if (!classification) return;
      taken.delete(key);
      const group = groupOf(classification);
      const left = (group.taken.get(classification.flow) ?? 1) - 1;
      if (left > 0) group.taken.set(classification.flow, left);
      else group.taken.delete(classification.flow);
      group.total -= 1;
      if (group.waiting.size > 0) turns.add(group);
      forget(classification, group);
    },
    get size() {
      return waiting.size;
    },
    clear() {
      for (const group of [...groups.ordinary.values(), ...groups.urgent.values()]) group.waiting.clear();
      turns.clear();
      waiting.clear();
    },
  };
}

function isSame(a: Classification, b: Classification): boolean {
  return a.group === b.group && a.flow === b.flow && a.urgent === b.urgent;
}
