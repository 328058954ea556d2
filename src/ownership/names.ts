import { hash } from 'node:crypto';

/** The cluster that the operator serves: its name for people, and the UID of its kube-system namespace. */
export interface Cluster {
  readonly name: string;
  readonly uid: string;
}

/** The characters of a base32 digit (RFC 4648, without padding). */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ID_PREFIX = 'AKO';
const TAG_LENGTH = 8;
const HASH_LENGTH = 26;
const ID_LENGTH = 20;

/** Returns the beginning of every policy name of this cluster. */
export function policyNamePrefix(cluster: Cluster): string {
  return `accesskeys.${cluster.name}.`;
}

/**
 * Returns the name of an AccessKey's policy in the store: at most 11+40+1+63+1+63+1+26 = 206 bytes. Names may
 * contain dots, so a hash over the three length-prefixed names makes it unambiguous.
 */
export function policyName(cluster: Cluster, namespace: string, name: string): string {
  const parts = [cluster.name, namespace, name].map((part) => `${Buffer.byteLength(part)}:${part}`);
  const digest = hash('sha256', parts.join(''), 'buffer');
  return `${policyNamePrefix(cluster)}${namespace}.${name}.${base32(digest, HASH_LENGTH).toLowerCase()}`;
}

/** An AccessKey, as far as its names matter. */
interface NamedKey {
  readonly metadata: { readonly namespace: string; readonly name: string };
}

/** Returns the name of an AccessKey's policy in the store. */
export function policyNameOf(cluster: Cluster, { metadata }: NamedKey): string {
  return policyName(cluster, metadata.namespace, metadata.name);
}

/**
 * Returns the AccessKey whose policy has this name, or undefined for a name that isn't a policy's of this
 * cluster. Neither a cluster's name nor a namespace's contains a dot.
 */
export function keyOfPolicy(
  cluster: Cluster,
  policy: string,
): { readonly namespace: string; readonly name: string } | undefined {
  const prefix = policyNamePrefix(cluster);
  const end = policy.indexOf('.', prefix.length);
  if (!policy.startsWith(prefix) || end < 0) return undefined;
  const namespace = policy.slice(prefix.length, end);
  const name = policy.slice(end + 1, -HASH_LENGTH - 1);
  return policyName(cluster, namespace, name) === policy ? { namespace, name } : undefined;
}

/**
 * Returns the tag of an AccessKey's ids: 40 bits of a hash of its policy's name. With the tag, a sweep finds
 * the AccessKey of a user in a map. The tag is a first filter and proves nothing.
 */
export function accessKeyTag(policy: string): string {
  return base32(hash('sha256', `access key id\0${policy}`, 'buffer'), TAG_LENGTH);
}

/** Makes a new access key id of prefix, tag, and 45 random bits. `randomBytes(n)` returns n random bytes. */
export function newAccessKeyId(policy: string, randomBytes: (size: number) => Buffer): string {
  const random = base32(randomBytes(8), ID_LENGTH - ID_PREFIX.length - TAG_LENGTH);
  return `${ID_PREFIX}${accessKeyTag(policy)}${random}`;
}

/** Returns the tag in an access key id, or undefined for an id that the operator didn't make. */
export function tagOf(accessKeyId: string): string | undefined {
  if (!/^AKO[A-Z2-7]{17}$/.test(accessKeyId)) return undefined;
  return accessKeyId.slice(ID_PREFIX.length, ID_PREFIX.length + TAG_LENGTH);
}

/**
 * True if a text can be a user's name. Ids come from Secrets and statuses, which other people may have
 * edited.
 */
export function couldBeId(text: string): boolean {
  return /^[A-Za-z0-9!#%&'()+.:;<>@^_`{|}~-]{3,128}$/.test(text);
}

/** Returns the first `length` base32 digits of `bytes`, five bits each, most significant first. */
function base32(bytes: Uint8Array, length: number): string {
  let digits = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5 && digits.length < length) {
      bits -= 5;
      digits += BASE32.charAt((value >> bits) & 31);
    }
  }
  return digits;
}
