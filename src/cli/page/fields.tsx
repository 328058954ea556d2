import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface TextProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string | undefined;
  readonly fault?: string | undefined;
  readonly type?: 'text' | 'date';
  readonly options?: readonly string[];
  readonly required?: boolean;
  readonly autoFocus?: boolean;
}

/** A text with its label, a hint, and what is wrong with it. */
export function TextField(props: TextProps) {
  const {
    label,
    value,
    onInput,
    hint,
    fault,
    type = 'text',
    options = [],
    required = false,
    autoFocus = false,
  } = props;
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type={type}
        value={value}
        required={required}
        // biome-ignore lint/a11y/noAutofocus: the first field of a dialog that has just been opened
        autoFocus={autoFocus}
        autoComplete="off"
        spellcheck={false}
        list={options.length > 0 ? `${id}-options` : undefined}
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-hint ${id}-fault`}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
      {options.length > 0 && (
        <datalist id={`${id}-options`}>
          {options.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      )}
      <small id={`${id}-hint`}>{hint}</small>
      <Fault id={`${id}-fault`} text={fault} />
    </div>
  );
}

/** What is wrong with a field, said by a screen reader as soon as it is there. */
export function Fault({ id, text }: { readonly id: string; readonly text: string | undefined }) {
  return (
    <small id={id} class="fault" role="status">
      {text}
    </small>
  );
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function SelectField({ label, value, onChange, hint, children }: SelectProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-describedby={`${id}-hint`}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      >
        {children}
      </select>
      <small id={`${id}-hint`}>{hint}</small>
    </div>
  );
}
