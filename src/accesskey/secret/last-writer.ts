import { FIELD_MANAGER } from '../../api/names.ts';
import type { Secret } from '../../kube/objects.ts';

/**
 * The maximum length of a field manager in messages. Its author chooses it, so the operator shows it short
 * and plain.
 */
const MAX_SHOWN = 64;

/**
 * Returns the field manager, other than the operator, that wrote a Secret last (metadata.managedFields);
 * undefined if nobody else did.
 */
export function lastWriter({ metadata }: Secret): string | undefined {
  const others = (metadata.managedFields ?? []).filter(({ manager }) => manager !== FIELD_MANAGER);
  const last = others.reduce<(typeof others)[number] | undefined>(
    (latest, entry) => ((entry.time ?? '') >= (latest?.time ?? '') ? entry : latest),
    undefined,
  );
  return shown(last?.manager ?? '') || undefined;
}

/** Returns another author's text, short and plain, for a message. */
export function shown(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9._/ -]/g, '').slice(0, MAX_SHOWN);
}
