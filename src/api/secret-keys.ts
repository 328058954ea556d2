/**
 * The keys and values that a secretTemplate can write; refused-in-secrets.ts has those that it must not. The
 * CRD's rules use the expressions in this file. The operator calls the functions again before it writes,
 * because an object in etcd may be older than a rule. Two engines read the expressions, JavaScript's and RE2,
 * so they have no look-around and no back references.
 */
import { AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_SECRET_ACCESS_KEY } from './names.ts';

/** The data keys of every Secret, which no template may write. */
export const PAIR_KEYS = [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL_S3, AWS_REGION] as const;

/** The data keys that each format writes. It leaves out one that has no value. */
export const FORMAT_KEYS = {
  'aws-credentials-file': ['credentials', 'config'],
  rclone: ['rclone.conf'],
  s3cfg: ['.s3cfg'],
  'mc-host': ['MC_HOST_s3'],
  'cosi-bucket-info': ['BucketInfo'],
  'cosi-env': [
    'COSI_PROTOCOL',
    'COSI_S3_BUCKET_ID',
    'COSI_S3_ENDPOINT',
    'COSI_S3_REGION',
    'COSI_S3_ADDRESSING_STYLE',
    'COSI_S3_ACCESS_KEY_ID',
    'COSI_S3_ACCESS_SECRET_KEY',
    'COSI_CERTIFICATE_AUTHORITY',
  ],
  servicebinding: ['type', 'provider', 'host', 'port', 'uri'],
  velero: ['cloud'],
  cnpg: ['ACCESS_KEY_ID', 'ACCESS_SECRET_KEY'],
  ca: ['ca.crt'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A format of a Secret, and all of them. */
export type Format = keyof typeof FORMAT_KEYS;
export const FORMATS = Object.keys(FORMAT_KEYS) as Format[];

/** The formats that name a bucket. */
export const BUCKET_FORMATS: readonly Format[] = ['cosi-bucket-info', 'cosi-env'];

/**
 * A path that a format writes into a settings file. It is absolute, and no character in it ends a line or a
 * value.
 */
export const CA_FILE = /^[/][-._/a-zA-Z0-9]*[-._a-zA-Z0-9]$/;
export const CA_FILE_MAX = 1_024;

/**
 * The keys that Kubernetes accepts in a Secret (k8s.io/apimachinery, validation.IsConfigMapKey), apart from
 * names that DOT_KEY excludes.
 */
export const DATA_KEY = /^[-._a-zA-Z0-9]{1,253}$/;
export const DOT_KEY = /^\.\.?$|^\.\./;

/**
 * The names of labels and annotations that Kubernetes accepts (validation.IsQualifiedName). The maximum is a
 * little lower.
 */
export const QUALIFIED_NAME =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*[/])?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
export const QUALIFIED_NAME_MAX = 253;

/** The label values that Kubernetes accepts (validation.IsValidLabelValue). */
export const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** The values that a template may name, as `{{ .bucket }}`. */
export const VALUE_NAMES = [
  'accessKeyId',
  'secretAccessKey',
  'endpoint',
  'scheme',
  'host',
  'port',
  'region',
  'bucket',
  'buckets',
  'label',
  'namespace',
  'name',
] as const;

/** A value that a template may name. */
export type ValueName = (typeof VALUE_NAMES)[number];

/** The escapes that a template may name, as `{{ .label | json }}`. */
const ESCAPES = ['json', 'uri'] as const;

/** An escape that a template may name. */
export type Escape = (typeof ESCAPES)[number];

const PLACEHOLDER_SOURCE = `\\{\\{ *\\.(${VALUE_NAMES.join('|')}) *(?:[|] *(${ESCAPES.join('|')}) *)?\\}\\}`;

/** Each placeholder of a template: the value's name, and the escape if there is one. */
export const PLACEHOLDER = new RegExp(PLACEHOLDER_SOURCE, 'g');

/** The longest beginning of a text that is a template: `{{` only begins a placeholder. */
export const TEMPLATE_START = new RegExp(`^(?:[^{]|\\{[^{]|${PLACEHOLDER_SOURCE})*`);

/** A template as a whole. */
export const TEMPLATE = new RegExp(`${TEMPLATE_START.source}\\{?$`);

/** A template that names a bucket. */
export const BUCKET_TEMPLATE = /\{\{ *\.buckets? *[|}]/;

/** True if `key` can be a key of a Secret's data. */
export function isDataKey(key: string): boolean {
  return DATA_KEY.test(key) && !DOT_KEY.test(key);
}

/** True if Kubernetes accepts `name` as the name of a label or an annotation. */
export function isQualifiedName(name: string): boolean {
  return name.length <= QUALIFIED_NAME_MAX && QUALIFIED_NAME.test(name);
}

/** True if a format may write `path` as the place of the CA certificates. */
export function isCaFile(path: string): boolean {
  return path.length <= CA_FILE_MAX && CA_FILE.test(path);
}
