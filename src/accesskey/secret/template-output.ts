import type { SecretAllowList } from '../../api/allow-list.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { plainLabel } from '../../ownership/mark.ts';
import type { Pair } from '../../provider/provider.ts';
import type { Access } from '../policy/access.ts';
import { renderFormat } from './formats.ts';
import { type PermittedTemplate, permittedTemplate } from './permitted-template.ts';
import { fillIn, isRefusal, type Refusal, type Values } from './placeholders.ts';
import { digestOf, type Shape, textsDigest } from './shape.ts';

type Texts = Readonly<Record<string, string>>;

/** The inputs of a shape, beside the pair. `access` is what is in force. */
export interface ShapeInputs {
  readonly accessKey: AccessKey;
  readonly store: {
    readonly title: string;
    /** The kind of store, as its spec names it; undefined if only the Secret is known. */
    readonly provider: string | undefined;
    readonly publicEndpoint: string;
    readonly region: string;
    /** The store's CA certificates, in PEM; undefined if it has none of its own. */
    readonly ca: string | undefined;
  };
  readonly access: Access;
  /** The names that the operator's administrator allows. */
  readonly allowed: SecretAllowList;
}

/** A placeholder for a pair that the operator doesn't have. */
export const ANY_PAIR: Pair = { accessKeyId: 'ID', secretAccessKey: 'SECRET' };

/**
 * The maximum size of the operator's data in a Secret. A Secret takes 1 MiB; the rest is for other people's
 * content.
 */
const MAX_BYTES = 512 * 1_024;

/**
 * Fills in what an AccessKey asks its Secret to hold beside the pair. Leaves out what was stored before or
 * past a rule, or what the administrator doesn't allow. Refuses, with the cause, what it can't fill in.
 */
export function requestedShape(inputs: ShapeInputs, pair: Pair): Shape | Refusal {
  const template = withoutMissingCa(permittedTemplate(inputs.accessKey, inputs.allowed), inputs.store);
  const { labels, annotations, withheld } = template;
  const data = render(inputs, template, pair);
  if (isRefusal(data)) return refused(data.refusal);
  const size = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (size > MAX_BYTES)
    return refused(`it would have ${size} bytes in the Secret, and at most ${MAX_BYTES} fit`);
  const pairless = render(inputs, template, ANY_PAIR);
  const source = digestOf([labels, annotations, isRefusal(pairless) ? {} : pairless].map(textsDigest));
  return { labels, annotations, data, source, withheld };
}

/** Leaves out the format `ca` if the store has no CA certificates: it may have moved to a public CA. */
function withoutMissingCa(
  template: PermittedTemplate,
  { title, ca }: ShapeInputs['store'],
): PermittedTemplate {
  if (ca !== undefined || !template.formats.includes('ca')) return template;
  const missing = `spec.secretTemplate: the format ca writes the store's CA certificates, and ${title} has none: remove the format, or ask the store's administrator to set caBundle or caBundleRef`;
  return {
    ...template,
    formats: template.formats.filter((format) => format !== 'ca'),
    withheld: template.withheld === undefined ? missing : `${template.withheld}; ${missing}`,
  };
}

function render(
  inputs: ShapeInputs,
  { formats, caFile, data: templates }: PermittedTemplate,
  pair: Pair,
): Texts | Refusal {
  const values = { ...valuesOf(inputs, pair), provider: inputs.store.provider, ca: inputs.store.ca, caFile };
  const data = new Map<string, string>();
  for (const format of formats) {
    const rendered = renderFormat(format, values);
    if (isRefusal(rendered)) return rendered;
    for (const [key, text] of Object.entries(rendered)) data.set(key, text);
  }
  for (const [key, template] of Object.entries(templates)) {
    if (data.has(key))
      return {
        refusal: `data.${key}: a format of the template writes that key too; rename or remove one of them`,
      };
    const text = fillIn(template, values);
    if (isRefusal(text)) return { refusal: `data.${key}: ${text.refusal}` };
    data.set(key, text);
  }
  return Object.fromEntries(data);
}

function valuesOf({ accessKey: { metadata, spec }, store, access }: ShapeInputs, pair: Pair): Values {
  const { protocol, hostname, port } = new URL(store.publicEndpoint);
  const buckets = bucketsOf(spec.bucketAccess ?? [], access);
  return {
    ...pair,
    endpoint: store.publicEndpoint,
    scheme: protocol.replace(':', ''),
    host: hostname,
    port: port || (protocol === 'https:' ? '443' : '80'),
    region: store.region,
    bucket: buckets[0],
    buckets: buckets.length > 0 ? buckets.join(',') : undefined,
    label: plainLabel(spec.label ?? metadata.name),
    namespace: metadata.namespace,
    name: metadata.name,
  };
}

/**
 * Returns the buckets in force, in the order of the spec. An edit that isn't granted sends nobody to a closed
 * bucket.
 */
function bucketsOf(asked: readonly { readonly bucketName: string }[], access: Access): string[] {
  if (access.kind === 'unrestricted') return [];
  const inForce = new Set(access.entries.map((entry) => entry.bucketName));
  const named = asked.map((entry) => entry.bucketName).filter((bucket) => inForce.has(bucket));
  return [...new Set([...named, ...inForce])];
}

function refused(cause: string): Refusal {
  return { refusal: `spec.secretTemplate: ${cause}` };
}
