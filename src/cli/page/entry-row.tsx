import { useId } from 'preact/hooks';
import type { Preview } from '../ui/protocol.ts';
import { type EntryField, isBeyond, LEVELS } from './entry-fields.ts';
import { Fault } from './fields.tsx';
import { CloseIcon } from './icons.tsx';

interface Props {
  readonly entry: EntryField;
  /** Counts from 1: it names the fields of rows that have no bucket yet. */
  readonly number: number;
  readonly onChange: (entry: EntryField) => void;
  readonly onRemove: () => void;
  /** The list of buckets that are offered. */
  readonly buckets: string;
  readonly most: Preview['most'];
  readonly fault: string | undefined;
}

/** One bucket: its name, None, Read or Read+Write, and prefixes. */
export function EntryRow({ entry, number, onChange, onRemove, buckets, most, fault }: Props) {
  const id = useId();
  const { bucketName, permissions, prefixes, create, deletion } = entry;
  const name = bucketName.trim() || `bucket ${number}`;
  const beyond = isBeyond(permissions, bucketName, most)
    ? `The store does not grant this on ${name}: choose less, or ask its administrator.`
    : undefined;
  return (
    <tbody>
      <tr>
        <td>
          <input
            aria-label={`Name of bucket ${number}`}
            value={bucketName}
            list={buckets}
            placeholder="Bucket"
            autoComplete="off"
            spellcheck={false}
            aria-invalid={(fault ?? beyond) !== undefined}
            aria-describedby={`${id}-fault`}
            onInput={({ currentTarget }) => onChange({ ...entry, bucketName: currentTarget.value })}
          />
        </td>
        <td>
          <div class="segments" role="radiogroup" aria-label={`Permission on ${name}`}>
            {LEVELS.map(({ value, title }) => (
              <label key={value} class={isBeyond(value, bucketName, most) ? 'beyond' : undefined}>
                <input
                  type="radio"
                  name={id}
                  value={value}
                  checked={permissions === value}
                  onChange={() => onChange({ ...entry, permissions: value })}
                />
                <span title={isBeyond(value, bucketName, most) ? 'The store does not grant this' : undefined}>
                  {title}
                </span>
              </label>
            ))}
          </div>
        </td>
        <td>
          <input
            aria-label={`Prefixes in ${name}`}
            value={prefixes}
            placeholder="Whole bucket"
            title="Such as 2026/, reports/ – each ends in a slash; empty for the whole bucket"
            disabled={permissions === 'none'}
            autoComplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => onChange({ ...entry, prefixes: currentTarget.value })}
          />
        </td>
        <td>
          <button
            type="button"
            class="icon"
            aria-label={`Remove ${name}`}
            title={`Remove ${name}`}
            onClick={onRemove}
          >
            <CloseIcon />
          </button>
        </td>
      </tr>
      <tr class="options">
        <td colSpan={4}>
          {permissions !== 'none' && (
            <Check
              title="Create the bucket if there is none"
              checked={create}
              onChange={(checked) => onChange({ ...entry, create: checked })}
            />
          )}
          {permissions === 'read_write' && (
            <Check
              title="May delete and replace objects"
              checked={deletion}
              onChange={(checked) => onChange({ ...entry, deletion: checked })}
            />
          )}
          <Fault id={`${id}-fault`} text={fault ?? beyond} />
        </td>
      </tr>
    </tbody>
  );
}

interface CheckProps {
  readonly title: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

function Check({ title, checked, onChange }: CheckProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      {title}
    </label>
  );
}
