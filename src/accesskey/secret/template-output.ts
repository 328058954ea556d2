import { hash } from 'node:crypto';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isDataKey, isFreeName, LABEL_VALUE, PAIR_KEYS } from '../../api/secret-keys.ts';
import { plainLabel } from '../../ownership/mark.ts';
import type { Pair } from '../../provider/provider.ts';
import type { Access } from '../policy/access.ts';
import { renderFormat } from './formats.ts';
import { fillIn, isRefusal, type Refusal, type Values } from './placeholders.ts';

type Texts = Readonly<Record<string, string>>;

/** What spec.secretTemplate adds to a Secret. */
export interface Shape {
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly data: Texts;
  /** A digest of all of it with another pair in its place: it changes with what the shape follows from, but not with the pair. */
  readonly source: string;
}

/** What a shape follows from, beside the pair. `access` is what is in force. */
export interface ShapeInputs {
  readonly accessKey: AccessKey;
  readonly store: { readonly publicEndpoint: string; readonly region: string };
  readonly access: Access;
}

/** Stands for a pair where there is none at hand. */
export const ANY_PAIR: Pair = { accessKeyId: 'ID', secretAccessKey: 'SECRET' };

/** A Secret takes 1 MiB; the rest is for what others keep in it. */
const MAX_BYTES = 512 * 1_024;

/**
 * What an AccessKey asks its Secret to hold beside the pair, filled in. What the CRD's rules would refuse, since it was
 * stored before a rule or past it, and what can't be filled in is refused with its cause.
 */
export function requestedShape(inputs: ShapeInputs, pair: Pair): Shape | Refusal {
  const { labels = {}, annotations = {} } = inputs.accessKey.spec.secretTemplate ?? {};
  const name = [...Object.keys(labels), ...Object.keys(annotations)].find((name) => !isFreeName(name));
  if (name !== undefined) return refused(`${JSON.stringify(name)} can't be a label or an annotation here`);
  const value = Object.values(labels).find((value) => !LABEL_VALUE.test(value));
  if (value !== undefined) return refused(`${JSON.stringify(value)} can't be the value of a label`);
  const data = render(inputs, pair);
  if (isRefusal(data)) return refused(data.refusal);
  const size = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (size > MAX_BYTES)
    return refused(`it would be ${size} bytes in the Secret, and at most ${MAX_BYTES} fit`);
  const pairless = render(inputs, ANY_PAIR);
  const source = digestOf([labels, annotations, isRefusal(pairless) ? {} : pairless].map(textsDigest));
  return { labels, annotations, data, source };
}

/** Whether there is nothing that the Secret holds beside the pair. */
export function isBare({ labels, annotations, data }: Shape): boolean {
  return [labels, annotations, data].every((texts) => Object.keys(texts).length === 0);
}

/** A digest of texts under their keys, whatever their order. Only for what has a pair of the operator's making in it, or no secret. */
export function textsDigest(texts: Texts): string {
  return digestOf(Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function render(inputs: ShapeInputs, pair: Pair): Texts | Refusal {
  const { formats = [], data: templates = {} } = inputs.accessKey.spec.secretTemplate ?? {};
  const values = valuesOf(inputs, pair);
  const data = new Map<string, string>();
  for (const format of formats) {
    const rendered = renderFormat(format, values);
    if (isRefusal(rendered)) return rendered;
    for (const [key, text] of Object.entries(rendered)) data.set(key, text);
  }
  for (const [key, template] of Object.entries(templates)) {
    if (!isDataKey(key) || PAIR_KEYS.some((taken) => taken === key) || data.has(key)) {
      return { refusal: `data can't have the key ${JSON.stringify(key)}` };
    }
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

/** The buckets in force, in the order of the spec: an edit that isn't granted sends nobody to a bucket that is closed. */
function bucketsOf(asked: readonly { readonly bucketName: string }[], access: Access): string[] {
  if (access.kind === 'unrestricted') return [];
  const inForce = new Set(access.entries.map((entry) => entry.bucketName));
  const named = asked.map((entry) => entry.bucketName).filter((bucket) => inForce.has(bucket));
  return [...new Set([...named, ...inForce])];
}

function refused(cause: string): Refusal {
  return { refusal: `spec.secretTemplate: ${cause}` };
}

function digestOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64url');
}
