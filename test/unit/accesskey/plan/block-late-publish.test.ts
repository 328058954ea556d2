/** A process that was frozen while it issued a pair, and wakes up after another one has continued (rule 3). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pairIn, secretFacts, secretNameOf } from '../../../../src/accesskey/secret/facts.ts';
import { ANNOTATION_PUBLISH_BLOCK } from '../../../../src/api/names.ts';
import { change } from '../../support/accesskey-changes.ts';
import { EVENTS } from '../../support/accesskey-events.ts';
import {
  applySteps,
  Conflict,
  currentId,
  issuedWorld,
  newWorld,
  observe,
  pass,
  planOf,
  stepsOf,
  type World,
  works,
} from '../../support/accesskey-world.ts';

const currentSecret = (world: World) => world.secrets.get(secretNameOf(world.accessKey));

interface Frozen {
  readonly accessKeyId: string;
  /** True if its publication is a create. */
  readonly creates: boolean;
  readonly wake: () => 'published' | 'refused';
}

/**
 * Begins to issue a pair, and stops before the publication. Returns a function that publishes late, and the pair's id.
 */
function freeze(world: World): Frozen | undefined {
  const { steps } = planOf(world);
  const at = steps.findIndex((step) => step.do === 'publish');
  const made = steps.find((step) => step.do === 'putUser');
  const rest = steps.slice(at, at + 1);
  if (!made || at < 0) return undefined;
  // The late publication uses the AccessKey as it was.
  const then = { ...world };
  const versions = new Map<string, string>();
  try {
    applySteps(then, steps.slice(0, at), versions);
  } catch {
    return undefined;
  }
  return {
    accessKeyId: made.pair.accessKeyId,
    creates: rest[0]?.do === 'publish' && rest[0].over === undefined,
    wake() {
      try {
        applySteps(then, rest, versions);
        return 'published';
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
        return 'refused';
      }
    },
  };
}

describe('a rotation that was taken back while a process was frozen in it', () => {
  function frozen() {
    const world = issuedWorld();
    change.spec(world, { keyGeneration: 2 });
    const late = freeze(world);
    if (!late) throw new Error('nothing was begun');
    change.spec(world, { keyGeneration: 1 });
    return { world, late };
  }

  test('writes the Secret before it removes the user, and once only', () => {
    const { world, late } = frozen();
    const current = currentId(world);
    expect(stepsOf(world)).toEqual(['blockLatePublish', 'removeUser']);
    applySteps(world, planOf(world).steps.slice(0, 1));
    expect(currentSecret(world)?.metadata.annotations).toHaveProperty([ANNOTATION_PUBLISH_BLOCK]);
    expect(stepsOf(world)).toEqual(['removeUser']);
    pass(world);
    expect(stepsOf(world)).toEqual([]);
    expect(late.wake()).toBe('refused');
    expect(currentId(world)).toBe(current);
    expect(works(world)).toBe(true);
  });

  test('writes it once more for another user', () => {
    const { world } = frozen();
    pass(world);
    const before = currentSecret(world)?.metadata.annotations?.[ANNOTATION_PUBLISH_BLOCK];
    change.addUser(world, { policies: [world.policyName] });
    expect(stepsOf(world)).toEqual(['blockLatePublish', 'removeUser']);
    pass(world);
    expect(currentSecret(world)?.metadata.annotations?.[ANNOTATION_PUBLISH_BLOCK]).not.toBe(before);
  });

  test('goes on with what else is to be written, bound to the version of that write', () => {
    const { world, late } = frozen();
    change.secretData(world, { AWS_ENDPOINT_URL_S3: 'http://x' });
    expect(stepsOf(world)).toEqual(['blockLatePublish', 'publish', 'removeUser']);
    pass(world);
    expect(stepsOf(world)).toEqual([]);
    expect(late.wake()).toBe('refused');
  });

  test.each<[string, (world: World) => void, string[]]>([
    [
      'it is moved',
      (world) => change.spec(world, { secretName: 'moved' }),
      ['blockLatePublish', 'publish', 'removeSecret'],
    ],
    [
      'a foreign Secret has the name that it is moved to',
      (world) => {
        change.spec(world, { secretName: 'moved' });
        change.foreignSecret(world);
      },
      ['blockLatePublish', 'removeUser'],
    ],
    ['it is rotated', (world) => change.spec(world, { keyGeneration: 3 }), ['putUser']],
  ])('has its late publish blocked if %s', (_what, happens, first) => {
    const { world, late } = frozen();
    happens(world);
    expect(stepsOf(world).slice(0, first.length)).toEqual(first);
    pass(world);
    expect(world.users.has(late.accessKeyId)).toBe(false);
    expect(late.wake()).toBe('refused');
  });
});

test('what was published once is removed without another write of the Secret', () => {
  const world = issuedWorld();
  change.spec(world, { keyGeneration: 2, rotation: { gracePeriod: '0s' } });
  expect(stepsOf(world)).not.toContain('blockLatePublish');
  pass(world);
  expect(stepsOf(world)).toEqual([]);
});

test('a first creation needs no block, since its publish is a create: another pair is published, and then the user removed', () => {
  const world = newWorld();
  const late = freeze(world);
  expect(stepsOf(world)).toEqual(['putUser', 'attachPolicy', 'prove', 'publish', 'removeUser']);
  pass(world);
  expect(late?.wake()).toBe('refused');
  expect(works(world)).toBe(true);
});

test('a retained key that is taken back has its late publish blocked, too', () => {
  const world = issuedWorld();
  change.secretMetadata(world, { ownerReferences: [] });
  change.spec(world, { keyGeneration: 2 });
  const late = freeze(world);
  change.spec(world, { keyGeneration: 1 });
  change.anew(world);
  expect(stepsOf(world).slice(0, 2)).toEqual(['blockLatePublish', 'removeUser']);
  pass(world);
  expect(late?.wake()).toBe('refused');
  expect(works(world)).toBe(true);
});

test('no late publication puts a dead pair into a Secret that an application reads', () => {
  const arrayOf = (names: readonly string[]) => fc.array(fc.constantFrom(...names), { maxLength: 5 });
  const some = arrayOf(Object.keys(EVENTS));
  // Somebody who removes a Secret removes the block too: until the key is issued anew, a create may come late.
  // The users of a policy without a mark count as an earlier AccessKey's: they go, even if no Secret can be written.
  const later = arrayOf(
    Object.keys(EVENTS).filter((event) => !/Secret is deleted|Secret goes|mark/.test(event)),
  );
  const outcomes = { published: 0, refused: 0 };
  fc.assert(
    fc.property(some, later, fc.boolean(), (before, after, rotates) => {
      const world = newWorld();
      for (const event of before) EVENTS[event]?.(world);
      if (rotates) EVENTS['it is to be rotated']?.(world);
      const late = freeze(world);
      if (!late) return;
      for (const event of after) EVENTS[event]?.(world);
      // If the key is disabled or refused, nobody has made the Secret that would block a late create.
      if (pass(world).reason !== 'Issued' && late.creates) return;
      const removed = !world.users.has(late.accessKeyId);
      const outcome = late.wake();
      outcomes[outcome] += 1;
      const secret = currentSecret(world);
      const ours = observe(world).secret?.ownership !== 'foreign';
      // The next pass removes it under another name. If its owner is gone, the garbage collector removes it.
      const read = secret && ours && pairIn(secret)?.accessKeyId === late.accessKeyId;
      if (read)
        expect({ removed, secret: secretFacts(secret).accessKeyId }).toMatchObject({ removed: false });
    }),
    { numRuns: 3_000 },
  );
  expect(outcomes.refused).toBeGreaterThan(200);
  expect(outcomes.published).toBeGreaterThan(20);
});
