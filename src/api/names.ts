/** Every name that the operator puts on something outside itself. */
export const GROUP = 'accesskeys.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** On an AccessKey from before the first write outside until its removal from the store is confirmed. */
export const FINALIZER = `${GROUP}/revoke`;

/** On a store that keys use, so that they can be revoked as long as there are any. */
export const FINALIZER_IN_USE = `${GROUP}/in-use`;

export const LABEL_MANAGED_BY = 'app.kubernetes.io/managed-by';
export const MANAGED_BY = 'access-key-operator';
/** On a Secret: the name of its AccessKey. */
export const LABEL_ACCESS_KEY = `${GROUP}/access-key`;

/** On a Secret, all written in the one write that publishes the pair. */
export const ANNOTATION_ISSUED_AT = `${GROUP}/issued-at`;
export const ANNOTATION_KEY_GENERATION = `${GROUP}/key-generation`;
export const ANNOTATION_ENDPOINT = `${GROUP}/endpoint`;
export const ANNOTATION_PAIR_DIGEST = `${GROUP}/pair-digest`;
export const ANNOTATION_PREVIOUS_KEYS = `${GROUP}/previous-keys`;
/** What spec.secretTemplate has added: names, and digests. */
export const ANNOTATION_TEMPLATE = `${GROUP}/template`;

/** A digest of the users that were made, not published, and removed: its write fails a late publication of them. */
export const ANNOTATION_FENCE = `${GROUP}/fence`;

/** The field manager of every write of ours. */
export const FIELD_MANAGER = 'access-key-operator';

/** The data keys of every Secret of ours, and of the Secret that holds a store's credentials. */
export const AWS_ACCESS_KEY_ID = 'AWS_ACCESS_KEY_ID';
export const AWS_SECRET_ACCESS_KEY = 'AWS_SECRET_ACCESS_KEY';
export const AWS_ENDPOINT_URL_S3 = 'AWS_ENDPOINT_URL_S3';
export const AWS_REGION = 'AWS_REGION';

/** In the place of a digest: the pair was imported, and a hash of a secret that a person chose could be guessed. */
export const IMPORTED = 'imported';

/** On an AccessKey: a time (RFC 3339); once it is past, a pair that is older than it is replaced. */
export const ANNOTATION_ROTATE_AT = `${GROUP}/rotate-at`;

/** On an AccessKey: "true" leaves the key as it is, whatever its spec says, until it is deleted or the annotation goes. */
export const ANNOTATION_PAUSED = `${GROUP}/paused`;
