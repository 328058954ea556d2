const FORMAT = 'accesskeys.dev/v1';
/** The flags of a mark, in the order in which a mark lists them. */
export const MARK_FLAGS = ['disabled', 'imported', 'retained'] as const;

/** One thing that the operator did to a key, as the mark of the key's policy records it. */
export type MarkFlag = (typeof MARK_FLAGS)[number];

/** The record of a policy's owner: the content of the policy document's ID field. */
export interface Mark {
  readonly clusterUid: string;
  readonly accessKeyUid: string;
  readonly flags: ReadonlySet<MarkFlag>;
  readonly label: string;
}

/**
 * Returns the ID field for a mark: `accesskeys.dev/v1 CLUSTER-UID ACCESSKEY-UID MARK_FLAGS LABEL`. The label
 * comes last, because it may hold any character.
 */
export function encodeMark(mark: Mark): string {
  const flags = MARK_FLAGS.filter((flag) => mark.flags.has(flag)).join(',') || '-';
  return `${FORMAT} ${mark.clusterUid} ${mark.accessKeyUid} ${flags} ${plainLabel(mark.label)}`;
}

/** Reads an ID field. Returns undefined for one that the operator didn't write. */
export function decodeMark(id: string): Mark | undefined {
  const parts = /^(\S+) (\S+) (\S+) (\S+) (.*)$/u.exec(id);
  if (!parts || parts[1] !== FORMAT) return undefined;
  const [, , clusterUid = '', accessKeyUid = '', flagList = '', label = ''] = parts;
  const names = flagList === '-' ? [] : flagList.split(',');
  const flags = new Set(MARK_FLAGS.filter((flag) => names.includes(flag)));
  return names.length === flags.size ? { clusterUid, accessKeyUid, flags, label } : undefined;
}

/**
 * The owner of a policy, as its mark says to one AccessKey of one cluster. `predecessor` is an earlier
 * AccessKey of the same name.
 */
export type Ownership = 'ours' | 'predecessor' | 'otherCluster' | 'unmarked';

/**
 * Returns whose a policy is.
 * @param uid the AccessKey's own
 */
export function ownershipOf(
  mark: Mark | undefined,
  cluster: { readonly uid: string },
  uid: string,
): Ownership {
  if (!mark) return 'unmarked';
  if (mark.clusterUid !== cluster.uid) return 'otherCluster';
  return mark.accessKeyUid === uid ? 'ours' : 'predecessor';
}

/**
 * Returns the mark of a policy if the policy is the AccessKey's own, or undefined.
 * @param uid the AccessKey's own
 */
export function ownMark(
  policy: { readonly mark: string } | undefined,
  cluster: { readonly uid: string },
  uid: string,
): Mark | undefined {
  const mark = policy && decodeMark(policy.mark);
  return ownershipOf(mark, cluster, uid) === 'ours' ? mark : undefined;
}

/** Characters that show nothing or turn the direction of text. The CRD refuses the same ones. */
const INVISIBLE = /[\p{Cf}\u115f\u1160\u17b4\u17b5\u3164\uffa0]|\u034f/gu;

/**
 * Returns a label as the store keeps it: at most 128 characters, and never half a surrogate pair. Control
 * characters become spaces, and the function drops invisible ones.
 */
export function plainLabel(label: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  const line = label.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ').toWellFormed();
  return Array.from(line.replace(INVISIBLE, '')).slice(0, 128).join('');
}
