import { useId } from 'preact/hooks';
import type { Finding, Preview, StoreView } from '../ui/protocol.ts';
import { type AccessFields, accessFindings, type EntryField, emptyEntry } from './entry-fields.ts';
import { EntryRow } from './entry-row.tsx';
import { PlusIcon } from './icons.tsx';
import { Note, sentence } from './notes.tsx';

interface Props {
  readonly fields: AccessFields;
  readonly onChange: (fields: AccessFields) => void;
  readonly findings: readonly Finding[];
  readonly most: Preview['most'];
  readonly offer: StoreView['offer'];
}

/** Limited Access, and the table of buckets. */
export function AccessForm({ fields, onChange, findings, most, offer }: Props) {
  const { limited, entries } = fields;
  const id = useId();
  const { byEntry, whole } = accessFindings(fields, findings);
  const change = (entry: EntryField) =>
    onChange({ limited, entries: entries.map((one) => (one.id === entry.id ? entry : one)) });
  const remove = ({ id: gone }: EntryField) =>
    onChange({ limited, entries: entries.filter((one) => one.id !== gone) });
  return (
    <fieldset class="access">
      <legend>Access</legend>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          checked={limited}
          aria-checked={limited}
          onChange={({ currentTarget }) => onChange({ limited: currentTarget.checked, entries })}
        />
        <span>Limited Access</span>
        <small>
          {limited
            ? 'The key may use the buckets below, and no other.'
            : 'The key may do everything in every bucket.'}
        </small>
      </label>
      {!limited && (
        <Note kind="warning">
          <p>
            {offer?.unrestricted === false
              ? 'The store does not grant unrestricted access to this namespace.'
              : 'Anyone who has this key can reach every bucket of the store.'}
          </p>
        </Note>
      )}
      {limited && (
        <>
          {offer && <p class="hint">{offerText(offer.buckets)}</p>}
          {entries.length > 0 && (
            <table class="entries">
              <thead>
                <tr>
                  <th scope="col">Bucket</th>
                  <th scope="col">Permission</th>
                  <th scope="col">Prefixes</th>
                  <td />
                </tr>
              </thead>
              {entries.map((entry, index) => (
                <EntryRow
                  key={entry.id}
                  {...{ entry, most }}
                  number={index + 1}
                  onChange={change}
                  onRemove={() => remove(entry)}
                  buckets={`${id}-buckets`}
                  fault={byEntry.get(entry.id)}
                />
              ))}
            </table>
          )}
          <datalist id={`${id}-buckets`}>
            {(offer?.buckets ?? [])
              .filter((name) => !name.endsWith('*'))
              .map((name) => (
                <option key={name} value={name} />
              ))}
          </datalist>
          <button
            type="button"
            class="secondary"
            onClick={() => onChange({ limited, entries: [...entries, emptyEntry()] })}
          >
            <PlusIcon /> Add bucket
          </button>
        </>
      )}
      {whole.map((text) => (
        <Note key={text} kind="error">
          <p>{sentence(text)}</p>
        </Note>
      ))}
    </fieldset>
  );
}

function offerText(buckets: readonly string[]): string {
  if (buckets.length === 0)
    return 'The store grants this namespace no bucket: ask its administrator for a grant.';
  const named = buckets.map((name) => (name === '*' ? 'every bucket' : name));
  const more = named.length > 8 ? ` and ${named.length - 8} more` : '';
  return `The store grants this namespace: ${named.slice(0, 8).join(', ')}${more}.`;
}
