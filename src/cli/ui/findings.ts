/** Refusals of the API server, by the field that they are about. Pure. */
import type { Refusal } from '../keys/create.ts';
import type { Finding } from './protocol.ts';

const GRANTS_POLICY = /ValidatingAdmissionPolicy 'grants\.accesskeys\.dev'/;

/** Divides a refusal of the API server into its sentences, each at its field. */
export function findingsOf({ cause, remedy, fields }: Refusal): Finding[] {
  const whole = [cause, remedy].filter(Boolean).join('; ');
  const [, denied] = / denied request: ([\s\S]+)$/.exec(cause) ?? [];
  if (denied !== undefined)
    return [{ field: GRANTS_POLICY.test(cause) ? 'spec.bucketAccess' : '', sentence: denied }];
  const [, invalid = cause] = / is invalid: \[?([\s\S]+?)\]?$/.exec(cause) ?? [];
  const starts = fields
    .map((field) => ({ field, at: invalid.indexOf(`${field}: `) }))
    .filter(({ field, at }) => field !== '' && at >= 0)
    .sort((a, b) => a.at - b.at);
  if (starts.length === 0) return [{ field: fields[0] ?? '', sentence: whole }];
  return starts.map(({ field, at }, index) => {
    const end = starts[index + 1]?.at ?? invalid.length;
    return { field, sentence: sentenceOf(invalid.slice(at + field.length + 2, end)) };
  });
}

/** Removes the kind of fault, the value, which the field shows already, and the comma before the next one. */
function sentenceOf(text: string): string {
  return text
    .replace(/,\s*$/, '')
    .replace(/^Invalid value: (?:"(?:[^"\\]|\\.)*"|\{.*?\}|\[.*?\]|[^:]*?): /, '')
    .replace(/^(?:Required value|Forbidden): /, '');
}
