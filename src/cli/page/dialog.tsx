import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { CloseIcon } from './icons.tsx';

interface Props {
  readonly title: string;
  /** Beside the page, for what is read; in its middle, for what is decided. */
  readonly kind?: 'panel' | 'middle';
  readonly wide?: boolean;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  /** The buttons at the end. */
  readonly buttons?: ComponentChildren;
  /** Makes the dialog a form. */
  readonly onSubmit?: () => void;
}

/** A dialog that keeps the focus inside, closes with Escape, and gives the focus back. */
export function Dialog({
  title,
  kind = 'middle',
  wide = false,
  onClose,
  children,
  buttons,
  onSubmit,
}: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const isGone = useRef(false);
  const heading = useId();
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      isGone.current = true;
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const content = (
    <>
      <header>
        <h2 id={heading}>{title}</h2>
        <button type="button" class="icon" aria-label="Close" onClick={onClose}>
          <CloseIcon />
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard. */}
      <section class="body" tabIndex={0} aria-labelledby={heading}>
        {children}
      </section>
      {buttons && <footer>{buttons}</footer>}
    </>
  );
  return (
    <dialog
      ref={ref}
      class={`${kind}${wide ? ' wide' : ''}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      // A browser may close it without asking, at a second Escape.
      onClose={() => isGone.current || onClose()}
    >
      {onSubmit ? (
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            onSubmit();
          }}
        >
          {content}
        </form>
      ) : (
        <div class="content">{content}</div>
      )}
    </dialog>
  );
}
