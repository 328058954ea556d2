import { BUCKET_FORMATS, type FORMAT_KEYS, type Format, isCaFile } from '../../api/secret-keys.ts';
import { hasControl, isPlain } from './escape.ts';
import type { Refusal, Values } from './placeholders.ts';

type Rendered<F extends Format> = Readonly<Record<(typeof FORMAT_KEYS)[F][number], string | undefined>>;

/** The content of the keys of each format. docs/secret-formats.md says how to use each. */
const RENDERERS: { readonly [F in Format]: (values: Values) => Rendered<F> } = {
  /**
   * `~/.aws/credentials` and `~/.aws/config` (docs.aws.amazon.com, "Configuration and credential file
   * settings").
   */
  'aws-credentials-file': (values) => ({
    credentials: awsCredentials(values),
    config: lines(
      '[default]',
      `region = ${values.region}`,
      `endpoint_url = ${values.endpoint}`,
      ...(values.caFile === undefined ? [] : [`ca_bundle = ${values.caFile}`]),
      's3 =',
      '    addressing_style = path',
    ),
  }),
  /** rclone.org/s3, "Minio". rclone doesn't create the bucket, because the key may not be allowed to. */
  rclone: (values) => ({
    'rclone.conf': lines(
      '[s3]',
      'type = s3',
      'provider = Minio',
      `access_key_id = ${values.accessKeyId}`,
      `secret_access_key = ${values.secretAccessKey}`,
      `endpoint = ${values.endpoint}`,
      `region = ${values.region}`,
      'no_check_bucket = true',
    ),
  }),
  /** s3cmd's `~/.s3cfg`. A host_bucket without %(bucket)s puts the bucket into the path. */
  s3cfg: (values) => ({
    '.s3cfg': lines(
      '[default]',
      `access_key = ${values.accessKeyId}`,
      `secret_key = ${values.secretAccessKey}`,
      `host_base = ${values.host}:${values.port}`,
      `host_bucket = ${values.host}:${values.port}`,
      `bucket_location = ${values.region}`,
      `use_https = ${values.scheme === 'https' ? 'True' : 'False'}`,
      ...(values.caFile === undefined ? [] : [`ca_certs_file = ${values.caFile}`]),
    ),
  }),
  /** mc reads id and secret literally between `//`, `:` and `@`, without percent-encoding. */
  'mc-host': ({ scheme, accessKeyId, secretAccessKey, host, port }) => ({
    MC_HOST_s3: `${scheme}://${accessKeyId}:${secretAccessKey}@${host}:${port}`,
  }),
  /**
   * BucketInfo of objectstorage.k8s.io/v1alpha1, as COSI's sidecar writes it into a BucketAccess's Secret.
   */
  'cosi-bucket-info': (values) => ({
    BucketInfo: JSON.stringify({
      metadata: { name: values.name },
      spec: {
        bucketName: values.bucket,
        authenticationType: 'KEY',
        secretS3: {
          endpoint: values.endpoint,
          region: values.region,
          accessKeyID: values.accessKeyId,
          accessSecretKey: values.secretAccessKey,
        },
        secretAzure: null,
        protocols: ['s3'],
      },
    }),
  }),
  /** The variables of objectstorage.k8s.io/v1alpha2 (client/apis/objectstorage/v1alpha2/protocols.go). */
  'cosi-env': (values) => ({
    COSI_PROTOCOL: 'S3',
    COSI_S3_BUCKET_ID: values.bucket,
    COSI_S3_ENDPOINT: values.endpoint,
    COSI_S3_REGION: values.region,
    COSI_S3_ADDRESSING_STYLE: 'path',
    COSI_S3_ACCESS_KEY_ID: values.accessKeyId,
    COSI_S3_ACCESS_SECRET_KEY: values.secretAccessKey,
    COSI_CERTIFICATE_AUTHORITY: values.ca,
  }),
  /** The well-known entries of servicebinding.io/spec/core/1.1.0. Its `host` is a name or an address. */
  servicebinding: (values) => ({
    type: 's3',
    provider: values.provider?.toLowerCase(),
    host: values.host.replaceAll(/[[\]]/g, ''),
    port: values.port,
    uri: values.endpoint,
  }),
  /** velero-plugin-for-aws: the key `cloud` of the Secret `cloud-credentials`. */
  velero: (values) => ({ cloud: awsCredentials(values) }),
  /** CloudNativePG, "Object Store Providers": s3Credentials.accessKeyId and secretAccessKey. */
  cnpg: ({ accessKeyId, secretAccessKey }) => ({
    ACCESS_KEY_ID: accessKeyId,
    ACCESS_SECRET_KEY: secretAccessKey,
  }),
  /** The name that cert-manager, trust-manager and ServiceAccounts use too. */
  ca: ({ ca = '' }) => ({ 'ca.crt': ca }),
};

/** Formats that can hold any pair: JSON, values alone, and those without a pair. */
const ANY_PAIR: ReadonlySet<Format> = new Set<Format>([
  'cosi-bucket-info',
  'cosi-env',
  'servicebinding',
  'cnpg',
  'ca',
]);

/**
 * Returns the keys that a format adds to a Secret, with their text. Refuses if the format can't hold a value.
 */
export function renderFormat(format: Format, values: Values): Readonly<Record<string, string>> | Refusal {
  if (!Object.hasOwn(RENDERERS, format)) return { refusal: `${JSON.stringify(format)} is not a format` };
  if (BUCKET_FORMATS.includes(format) && values.bucket === undefined) {
    return {
      refusal: `format ${format} names a bucket, but the key may use none; remove the format, or name a bucket`,
    };
  }
  if (values.caFile !== undefined && !isCaFile(values.caFile)) {
    return { refusal: 'caFile is not an absolute path of letters, digits, hyphens, underscores and dots' };
  }
  const holds = ANY_PAIR.has(format) ? (value: string) => !hasControl(value) : isPlain;
  if (!holds(values.accessKeyId) || !holds(values.secretAccessKey)) {
    return {
      refusal: `format ${format} can't hold this pair, which has characters other than letters, digits and /+=._~-; raise spec.keyGeneration to get a pair that the operator makes`,
    };
  }
  const rendered: Readonly<Record<string, string | undefined>> = RENDERERS[format](values);
  return Object.fromEntries(
    Object.entries(rendered).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function awsCredentials({ accessKeyId, secretAccessKey }: Values): string {
  return lines(
    '[default]',
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${secretAccessKey}`,
  );
}

function lines(...each: readonly string[]): string {
  return `${each.join('\n')}\n`;
}
