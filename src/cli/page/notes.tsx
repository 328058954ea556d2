import type { ComponentChildren } from 'preact';
import type { Failure, GitOpsOwner } from '../ui/protocol.ts';
import { Copy } from './copy.tsx';

/** A remark that stands out. */
export function Note({
  kind,
  children,
}: {
  readonly kind: 'info' | 'warning' | 'error';
  readonly children: ComponentChildren;
}) {
  return (
    <div class={`note ${kind}`} role={kind === 'error' ? 'alert' : undefined}>
      {children}
    </div>
  );
}

/** A failure: the cause, then what to do. */
export function FailureNote({ failure }: { readonly failure: Failure | undefined }) {
  if (failure === undefined) return null;
  return (
    <Note kind="error">
      <p>{sentence(failure.cause)}</p>
      {failure.remedy && <p>{sentence(failure.remedy)}</p>}
    </Note>
  );
}

/** Says who keeps the object in Git, and what that means for changes. */
export function OwnerNote({ owner, name }: { readonly owner: GitOpsOwner; readonly name: string }) {
  return (
    <Note kind="info">
      <p>
        <strong>{owner.tool}</strong> ({owner.source}) manages {name}. What is changed here it would undo, so
        changes are shown as YAML for Git.
      </p>
    </Note>
  );
}

/** YAML to read and copy. */
export function Yaml({ text, what = 'YAML' }: { readonly text: string; readonly what?: string }) {
  return <Code text={text} what={what} />;
}

/** The button of a dialog that shows its fields as YAML, or as a form again. */
export function YamlToggle({
  asYaml,
  onChange,
}: {
  readonly asYaml: boolean;
  readonly onChange: (asYaml: boolean) => void;
}) {
  return (
    <button type="button" class="secondary start" aria-pressed={asYaml} onClick={() => onChange(!asYaml)}>
      {asYaml ? 'As a form' : 'As YAML'}
    </button>
  );
}

/** Lines of a file or a program, with a button that copies them. */
export function Code({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <div class="code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard. */}
      <pre tabIndex={0}>{text}</pre>
      <Copy text={text} what={what} />
    </div>
  );
}

/** A text of a server as a sentence. */
export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
