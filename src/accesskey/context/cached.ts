import { GROUP, LABEL_ACCESS_KEY, LABEL_MANAGED_BY } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { controllerOf, type SecretFacts } from '../secret/facts.ts';
import { recordedShape } from '../secret/template-record.ts';

type Texts = Readonly<Record<string, string>>;

/** The longest text of an annotation that is kept, in UTF-16 units: none that the operator writes is longer. */
const MAX_TEXT = 40_960;
/** The most annotations of the operator's group that are kept. */
const MAX_OWN = 32;

/**
 * Returns what a cache keeps of a Secret: of its metadata what the operator compares. Whoever may create Secrets could
 * fill the memory with labels, annotations, owners and finalizers otherwise.
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

/** Returns what a cache keeps of an AccessKey: all but what the operator never reads of its metadata. */
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

/** A text that is too long is empty: it differs from what the operator writes, and is put right. */
function picked(texts: Texts, names: readonly string[]): Texts {
  const kept: Record<string, string> = {};
  for (const name of names) {
    const text = Object.hasOwn(texts, name) ? texts[name] : undefined;
    if (text !== undefined) kept[name] = text.length > MAX_TEXT ? '' : text;
  }
  return kept;
}
