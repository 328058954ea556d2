import type { AccessKeySpec } from '../../api/schema/accesskey.ts';
import type { Capabilities, OptionalField } from '../../provider/capabilities.ts';

/** The store that a key names, as far as its fields depend on it. */
interface NamedStore {
  /** Kind and name for sentences. */
  readonly title: string;
  readonly capabilities: Pick<Capabilities, 'notSupported'>;
}

/**
 * The optional fields of the spec, with words for what they ask. The pass that imports judges
 * `spec.importFrom`.
 */
const ASKED: readonly {
  readonly field: Exclude<OptionalField, 'importFrom'>;
  readonly isAsked: (spec: AccessKeySpec) => boolean;
  readonly cause: string;
  readonly remedy: string;
}[] = [
  {
    field: 'prefixes',
    isAsked: ({ bucketAccess = [] }) => bucketAccess.some(({ prefixes }) => prefixes !== undefined),
    cause: "can't confine a key to prefixes, which spec.bucketAccess asks for",
    remedy: 'remove prefixes, which gives the whole bucket',
  },
  {
    field: 'deletion: false',
    isAsked: ({ bucketAccess = [] }) => bucketAccess.some(({ deletion }) => deletion === false),
    cause:
      "can't keep a key that writes from deleting, which spec.bucketAccess asks for with deletion: false",
    remedy: 'remove deletion',
  },
  {
    field: 'create',
    isAsked: ({ bucketAccess = [] }) => bucketAccess.some(({ create }) => create === true),
    cause: "can't create buckets for a key, which spec.bucketAccess asks for with create: true",
    remedy: 'create the bucket yourself, and remove create',
  },
  {
    field: 'limited: false',
    isAsked: ({ limited, bucketAccess }) =>
      limited === false || (limited === undefined && bucketAccess === undefined),
    cause: 'has no keys with access to every bucket, which spec.limited asks for',
    remedy: 'set limited: true, and name buckets in bucketAccess',
  },
];

/** Returns the sentence for a key that asks for what its store can't do; undefined if it can do all of it. */
export function unsupportedBy({ title, capabilities }: NamedStore, spec: AccessKeySpec): string | undefined {
  const found = ASKED.find(
    ({ field, isAsked }) => capabilities.notSupported.includes(field) && isAsked(spec),
  );
  return found && `${title} ${found.cause}; ${found.remedy}, or use another store`;
}
