/** The schema of spec.secretTemplate: what the Secret holds beside the pair. */
import { z } from 'zod';
import {
  AWS_KEY,
  HARMLESS_AWS_KEYS,
  REFUSED_DATA_KEY,
  RESERVED_NAME,
  UNRESERVED_NAME,
} from '../refused-in-secrets.ts';
import {
  BUCKET_FORMATS,
  BUCKET_TEMPLATE,
  CA_FILE,
  CA_FILE_MAX,
  DATA_KEY,
  DOT_KEY,
  FORMAT_KEYS,
  FORMATS,
  LABEL_VALUE,
  PAIR_KEYS,
  QUALIFIED_NAME,
  QUALIFIED_NAME_MAX,
  TEMPLATE,
  VALUE_NAMES,
} from '../secret-keys.ts';
import { celRegex, matches, type Rule, rules } from './schema.ts';

const MAX_ENTRIES = 32;
const MAX_TEMPLATE = 4096;
/** The maximum size of all annotations together, names included. */
const MAX_ANNOTATION_BYTES = 16_384;
/** The maximum size of all templates together, keys included. */
const MAX_DATA_BYTES = 65_536;

/**
 * Returns a rule that limits the total bytes of a map's keys and values. `what` names them in the message.
 */
function boundedTotal(what: string, maxBytes: number): Rule {
  return {
    rule: `self.map(key, bytes(key).size() + bytes(self[key]).size()).sum() <= ${maxBytes}`,
    message: `${what} must have at most ${maxBytes / 1_024} KiB in total: write fewer or shorter ones`,
  };
}

/** Returns the rules for the names in a map of labels or annotations. `what` names them in the messages. */
function freeNames(what: string): Rule[] {
  return [
    {
      rule: `self.all(key, key.size() <= ${QUALIFIED_NAME_MAX} && key.matches(${celRegex(QUALIFIED_NAME)}))`,
      message: `the name of ${what} must have at most 63 letters, digits, - _ and . and may have a domain and / before it: write, for example, team or example.com/team`,
    },
    {
      rule: `self.all(key, !key.matches(${celRegex(RESERVED_NAME)}) || key.matches(${celRegex(UNRESERVED_NAME)}))`,
      reason: 'FieldValueForbidden',
      message: `${what} of accesskeys.dev, Kubernetes (kubernetes.io, k8s.io), Helm, Argo CD or a tool that copies Secrets makes software act on the Secret: choose another name, such as custom.accesskeys.dev/team`,
    },
  ];
}

const labels = z
  .record(
    z.string(),
    z
      .string()
      .max(63)
      .meta(
        rules(
          matches(
            LABEL_VALUE,
            "a label's value must have at most 63 letters, digits, - _ and . and begin and end with a letter or digit: put other text into an annotation",
          ),
        ),
      ),
  )
  .exactOptional()
  .meta({
    description:
      "Labels for the Secret, as written here. The operator's administrator decides which names are allowed. The Secret inherits no labels from this object.",
    maxProperties: MAX_ENTRIES,
    ...rules(...freeNames('a label')),
  });

const annotations = z
  .record(z.string(), z.string().max(MAX_TEMPLATE))
  .exactOptional()
  .meta({
    description:
      "Annotations for the Secret, as written here, 16 KiB in total. The operator's administrator decides which names are allowed. The Secret inherits no annotations from this object.",
    maxProperties: MAX_ENTRIES,
    ...rules(...freeNames('an annotation'), boundedTotal('annotations', MAX_ANNOTATION_BYTES)),
  });

const formats = z
  .array(z.enum(FORMATS).describe('The name of a format.'))
  .max(FORMATS.length)
  .exactOptional()
  .meta({
    description: `Additional forms of the pair, or of the store's CA certificates, in the Secret, with the keys that each adds: ${FORMATS.map((format) => `${format} (${FORMAT_KEYS[format].join(', ')})`).join(', ')}.`,
    'x-kubernetes-list-type': 'set',
  });

const data = z
  .record(
    z.string(),
    z
      .string()
      .max(MAX_TEMPLATE)
      .meta(
        rules(
          matches(
            TEMPLATE,
            `in a template, {{ must begin a placeholder: write {{ .NAME }}, {{ .NAME | json }} or {{ .NAME | uri }}, where NAME is one of ${VALUE_NAMES.join(', ')}`,
          ),
        ),
      ),
  )
  .exactOptional()
  .meta({
    description: `Additional keys of the Secret, each with a template of its text, such as "{{ .endpoint }}/{{ .bucket }}". A template may use ${VALUE_NAMES.join(', ')}; bucket is the first entry of bucketAccess that isn't none. "{{ .label | json }}" writes a value as a JSON string, "{{ .label | uri }}" as part of a URL. 64 KiB in total. Keys that a runtime, a shell or a loader reads from the environment are refused.`,
    maxProperties: MAX_ENTRIES,
    ...rules(
      {
        rule: `self.all(key, key.matches(${celRegex(DATA_KEY)}) && !key.matches(${celRegex(DOT_KEY)}))`,
        message:
          'a key of data must have at most 253 letters, digits, - _ and . and must not begin with two dots: write, for example, S3_URL',
      },
      {
        rule: `!self.exists(key, key in ${celList(PAIR_KEYS)})`,
        reason: 'FieldValueForbidden',
        message: `${PAIR_KEYS.join(', ')} hold the pair in every Secret: choose another key`,
      },
      {
        rule: `self.all(key, !key.matches(${celRegex(REFUSED_DATA_KEY)}))`,
        reason: 'FieldValueForbidden',
        message:
          'data has a key that programs act on (such as PATH, LD_PRELOAD, NODE_OPTIONS, HTTPS_PROXY, or release, which Helm trusts): choose another key, such as S3_URL; docs/secret-formats.md has the list',
      },
      {
        rule: `self.all(key, !key.matches(${celRegex(AWS_KEY)}) || key in ${celList([...PAIR_KEYS, ...HARMLESS_AWS_KEYS])})`,
        reason: 'FieldValueForbidden',
        message: `data has a key that begins with AWS_, which changes what AWS SDKs do: choose another key, or one of ${HARMLESS_AWS_KEYS.join(', ')}`,
      },
      boundedTotal('templates', MAX_DATA_BYTES),
    ),
  });

const caFile = z
  .string()
  .max(CA_FILE_MAX)
  .exactOptional()
  .meta({
    description:
      "Where the application finds the store's CA certificates, as an absolute path: for example /etc/store/ca.crt, if it mounts this Secret with the format ca at /etc/store. The formats aws-credentials-file and s3cfg name this file.",
    ...rules(
      matches(
        CA_FILE,
        'caFile must be an absolute path of letters, digits, hyphens, underscores and dots: write, for example, /etc/store/ca.crt',
      ),
    ),
  });

/** The schema of spec.secretTemplate. */
export const secretTemplate = z.object({ labels, annotations, formats, caFile, data }).meta({
  description:
    'What the Secret holds beside the pair. The operator writes a change into the Secret in place; the pair stays the same.',
  ...rules({
    rule: `!has(self.formats) || !has(self.data) || (${FORMATS.map(
      (format) =>
        `!('${format}' in self.formats && self.data.exists(key, key in ${celList(FORMAT_KEYS[format])}))`,
    ).join(' && ')})`,
    fieldPath: '.data',
    message: 'data has a key that a format of this template writes: choose another key, or remove the format',
  }),
});

/** A rule for the spec: a template that names a bucket needs a bucket. */
export const templatedBucket: Rule = {
  rule: [
    '!has(self.secretTemplate)',
    '(has(self.bucketAccess) && self.bucketAccess.exists(entry, entry.permissions != "none"))',
    `((!has(self.secretTemplate.formats) || !self.secretTemplate.formats.exists(format, format in ${celList(BUCKET_FORMATS)})) && ` +
      `(!has(self.secretTemplate.data) || !self.secretTemplate.data.exists(key, self.secretTemplate.data[key].matches(${celRegex(BUCKET_TEMPLATE)}))))`,
  ].join(' || '),
  fieldPath: '.secretTemplate',
  message: `the template uses a bucket (bucket, buckets or the format ${BUCKET_FORMATS.join(', ')}), but bucketAccess has none that the key may use: add an entry with read_only or read_write, or remove the bucket from the template`,
};

function celList(values: readonly string[]): string {
  return `[${values.map((value) => `'${value}'`).join(', ')}]`;
}
