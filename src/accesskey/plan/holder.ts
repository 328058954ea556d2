import type { ObservedSecret } from '../observe/observed.ts';
import { controllerOf } from '../secret/facts.ts';
import { shown } from '../secret/last-writer.ts';

/**
 * Returns the end of a sentence that says who has the Secret: its controller, or else its last writer.
 * Returns an empty text if neither is known.
 */
export function holderOf({ facts, lastWriter }: ObservedSecret): string {
  const controller = controllerOf(facts.metadata);
  if (controller) return `: ${shown(controller.kind)} ${shown(controller.name)} controls it`;
  return lastWriter === undefined ? '' : `: the field manager ${lastWriter} wrote it last`;
}
