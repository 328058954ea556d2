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
    message: `${what} have at most ${maxBytes / 1_024} KiB in all: write fewer or shorter ones`,
  };
}

/** Returns the rules for the names in a map of labels or annotations. `what` names them in the messages. */
function freeNames(what: string): Rule[] {
  return [
    {
      rule: `self.all(key, key.size() <= ${QUALIFIED_NAME_MAX} && key.matches(${celRegex(QUALIFIED_NAME)}))`,
      message: `the name of ${what} is at most 63 letters, digits, - _ and . with a domain and / before it where it has one: write one such as team or example.com/team`,
    },
    {
      rule: `self.all(key, !key.matches(${celRegex(RESERVED_NAME)}) || key.matches(${celRegex(UNRESERVED_NAME)}))`,
      reason: 'FieldValueForbidden',
      message: `${what} of accesskeys.dev, of Kubernetes (kubernetes.io, k8s.io), of Helm, of Argo CD or of a tool that copies Secrets means something to software that acts on it: write one such as custom.accesskeys.dev/team`,
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
            "a label's value is at most 63 letters, digits, - _ and . and begins and ends with a letter or digit: write other text into an annotation",
          ),
        ),
      ),
  )
  .exactOptional()
  .meta({
    description:
      "Labels for the Secret, as they are. The operator's administrator says which names are allowed. Nothing is inherited from this object's own.",
    maxProperties: MAX_ENTRIES,
    ...rules(...freeNames('a label')),
  });

const annotations = z
  .record(z.string(), z.string().max(MAX_TEMPLATE))
  .exactOptional()
  .meta({
    description:
      "Annotations for the Secret, as they are, 16 KiB in all. The operator's administrator says which names are allowed. Nothing is inherited from this object's own.",
    maxProperties: MAX_ENTRIES,
    ...rules(...freeNames('an annotation'), boundedTotal('annotations', MAX_ANNOTATION_BYTES)),
  });

const formats = z
  .array(z.enum(FORMATS).describe('The name of a format.'))
  .max(FORMATS.length)
  .exactOptional()
  .meta({
    description: `Shapes in which the Secret has the pair or the store's CA certificates too, and the keys that they add: ${FORMATS.map((format) => `${format} (${FORMAT_KEYS[format].join(', ')})`).join(', ')}.`,
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
            `in a template, {{ begins a placeholder and nothing else: write {{ .NAME }}, {{ .NAME | json }} or {{ .NAME | uri }}, where NAME is one of ${VALUE_NAMES.join(', ')}`,
          ),
        ),
      ),
  )
  .exactOptional()
  .meta({
    description: `More keys of the Secret, each with a template of its text, such as "{{ .endpoint }}/{{ .bucket }}". A template may name ${VALUE_NAMES.join(', ')}; bucket is the first entry of bucketAccess that isn't none. "{{ .label | json }}" writes a value as a JSON string, "{{ .label | uri }}" as part of a URL. 64 KiB in all. Keys that a runtime, a shell or a loader reads from the environment are refused.`,
    maxProperties: MAX_ENTRIES,
    ...rules(
      {
        rule: `self.all(key, key.matches(${celRegex(DATA_KEY)}) && !key.matches(${celRegex(DOT_KEY)}))`,
        message:
          'a key of a Secret is at most 253 letters, digits, - _ and . and does not begin with two dots: write one such as S3_URL',
      },
      {
        rule: `!self.exists(key, key in ${celList(PAIR_KEYS)})`,
        reason: 'FieldValueForbidden',
        message: `${PAIR_KEYS.join(', ')} hold the pair itself, in every Secret: choose another key`,
      },
      {
        rule: `self.all(key, !key.matches(${celRegex(REFUSED_DATA_KEY)}))`,
        reason: 'FieldValueForbidden',
        message:
          'a key of data is a name that programs act on (such as PATH, LD_PRELOAD, NODE_OPTIONS, HTTPS_PROXY, or release, which Helm trusts): choose one of your own, such as S3_URL; docs/secret-formats.md has the list',
      },
      {
        rule: `self.all(key, !key.matches(${celRegex(AWS_KEY)}) || key in ${celList([...PAIR_KEYS, ...HARMLESS_AWS_KEYS])})`,
        reason: 'FieldValueForbidden',
        message: `a key of data that begins with AWS_ changes what an AWS SDK does: choose another key, or one of ${HARMLESS_AWS_KEYS.join(', ')}`,
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
      "Where the application has the store's CA certificates, as an absolute path: such as /etc/store/ca.crt, if it mounts this Secret, with the format ca, at /etc/store. The formats aws-credentials-file and s3cfg name this file.",
    ...rules(
      matches(
        CA_FILE,
        'caFile is an absolute path of letters, digits, hyphens, underscores and dots: write one such as /etc/store/ca.crt',
      ),
    ),
  });

/** The schema of spec.secretTemplate. */
export const secretTemplate = z.object({ labels, annotations, formats, caFile, data }).meta({
  description:
    'What the Secret holds beside the pair. A change of it is written into the Secret in place, and never touches the pair.',
  ...rules({
    rule: `!has(self.formats) || !has(self.data) || (${FORMATS.map(
      (format) =>
        `!('${format}' in self.formats && self.data.exists(key, key in ${celList(FORMAT_KEYS[format])}))`,
    ).join(' && ')})`,
    fieldPath: '.data',
    message:
      'a key of data is one that a format of this template writes: choose another key, or leave the format out',
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
  message: `the template names a bucket (bucket, buckets or the format ${BUCKET_FORMATS.join(', ')}), and bucketAccess has none that the key may use: write an entry with read_only or read_write, or leave the bucket out of the template`,
};

function celList(values: readonly string[]): string {
  return `[${values.map((value) => `'${value}'`).join(', ')}]`;
}
