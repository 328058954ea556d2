/** The names that the operator puts on objects outside itself. */
export const GROUP = 'accesskeys.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/**
 * The finalizer of an AccessKey. The operator adds it before the first write outside, and removes it when the
 * store has confirmed the removal.
 */
export const FINALIZER = `${GROUP}/revoke`;

/** The finalizer of a store that keys use. While it is there, the operator can still revoke them. */
export const FINALIZER_IN_USE = `${GROUP}/in-use`;

/** The label of a Secret that names the operator, and its value. */
export const LABEL_MANAGED_BY = 'app.kubernetes.io/managed-by';
export const MANAGED_BY = 'access-key-operator';
/** The label of a Secret with the name of its AccessKey. */
export const LABEL_ACCESS_KEY = `${GROUP}/access-key`;

/** The annotations of a Secret. The operator writes them in the one write that publishes the pair. */
export const ANNOTATION_ISSUED_AT = `${GROUP}/issued-at`;
export const ANNOTATION_KEY_GENERATION = `${GROUP}/key-generation`;
export const ANNOTATION_ENDPOINT = `${GROUP}/endpoint`;
export const ANNOTATION_PAIR_DIGEST = `${GROUP}/pair-digest`;
/** The annotation with the pair's user in the store, as the store's tools name it. */
export const ANNOTATION_USER = `${GROUP}/user`;
export const ANNOTATION_PREVIOUS_KEYS = `${GROUP}/previous-keys`;
/** The annotation that records what spec.secretTemplate has added: names and digests. */
export const ANNOTATION_TEMPLATE = `${GROUP}/template`;

/**
 * The annotation with a digest of the users that were made, not published, and removed. Its write makes a
 * late publish of their pairs fail.
 */
export const ANNOTATION_PUBLISH_BLOCK = `${GROUP}/fence`;

/** The field manager of every write of the operator. */
export const FIELD_MANAGER = 'access-key-operator';

/** The data keys of every Secret that the operator writes, and of the Secret with a store's credentials. */
export const AWS_ACCESS_KEY_ID = 'AWS_ACCESS_KEY_ID';
export const AWS_SECRET_ACCESS_KEY = 'AWS_SECRET_ACCESS_KEY';
export const AWS_ENDPOINT_URL_S3 = 'AWS_ENDPOINT_URL_S3';
export const AWS_REGION = 'AWS_REGION';

/**
 * The text that replaces a digest if the pair was imported: a hash of a secret that a person chose could be
 * guessed.
 */
export const IMPORTED = 'imported';

/**
 * The annotation of an AccessKey with a time (RFC 3339). Once it is past, the operator replaces a pair that
 * is older than it.
 */
export const ANNOTATION_ROTATE_AT = `${GROUP}/rotate-at`;

/**
 * The annotation of an AccessKey that pauses it. While it is "true", the operator leaves the key as it is. It
 * still revokes the key on deletion and expiry.
 */
export const ANNOTATION_PAUSED = `${GROUP}/paused`;

/** The path below which the operator makes users in stores with AWS's IAM API, by default. */
export const DEFAULT_IAM_PATH = '/accesskeys/';
