import { GROUP, LABEL_ACCESS_KEY, LABEL_MANAGED_BY } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { controllerOf, type SecretFacts } from '../secret/facts.ts';
import { recordedShape } from '../secret/template-record.ts';

type Texts = Readonly<Record<string, string>>;

/**
 * The maximum length of an annotation's text that the cache keeps, in UTF-16 units. The operator writes no
 * longer ones.
 */
const MAX_TEXT = 40_960;
/** The maximum number of annotations of the operator's group that the cache keeps. */
const MAX_OWN = 32;

/**
 * Returns what a cache keeps of a Secret. Of the metadata it keeps only what the operator compares. Otherwise
 * anyone who can create Secrets could fill the memory with labels, annotations, owners and finalizers.
 */
export function keptFacts(facts: SecretFacts): SecretFacts {
  const { labels = {}, annotations = {}, ...rest } = facts.metadata;
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp } = rest;
  const record = recordedShape(annotations);
  const controller = controllerOf(rest);
  return {
    ...facts,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      labels: picked(labels, [LABEL_MANAGED_BY, LABEL_ACCESS_KEY, ...(record?.labels ?? [])]),
      annotations: picked(annotations, [...ownNames(annotations), ...(record?.annotations ?? [])]),
      ...(controller && { ownerReferences: [controller] }),
    },
  };
}

/**
 * Returns what a cache keeps of an AccessKey: everything except the metadata that the operator never reads.
 */
export function keptAccessKey(accessKey: AccessKey): AccessKey {
  const { name, namespace, uid, resourceVersion, generation, ...rest } = accessKey.metadata;
  const { creationTimestamp, deletionTimestamp, annotations = {}, finalizers } = rest;
  const kept = picked(annotations, ownNames(annotations));
  return {
    ...accessKey,
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      ...(generation !== undefined && { generation }),
      creationTimestamp,
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(finalizers && { finalizers }),
      ...(Object.keys(kept).length > 0 && { annotations: kept }),
    },
  };
}

function ownNames(annotations: Texts): string[] {
  return Object.keys(annotations)
    .filter((name) => name.startsWith(`${GROUP}/`))
    .slice(0, MAX_OWN);
}

/**
 * Returns the named texts. A text that is too long becomes empty. It then differs from what the operator
 * writes, and the operator repairs it.
 */
function picked(texts: Texts, names: readonly string[]): Texts {
  const kept: Record<string, string> = {};
  for (const name of names) {
    const text = Object.hasOwn(texts, name) ? texts[name] : undefined;
    if (text !== undefined) kept[name] = text.length > MAX_TEXT ? '' : text;
  }
  return kept;
}
