import { useEffect, useState } from 'preact/hooks';
import { CopyIcon, DoneIcon } from './icons.tsx';

interface Props {
  readonly text: string;
  /** What is copied, for `Copy …`. */
  readonly what: string;
  /** Shows the words beside the icon. */
  readonly words?: boolean;
}

const SHOWN_MS = 2_000;

/** A button that puts a text on the clipboard and says so. */
export function Copy({ text, what, words = false }: Props) {
  const [done, setDone] = useState<'no' | 'yes' | 'refused'>('no');
  useEffect(() => {
    if (done === 'no') return;
    const timer = setTimeout(() => setDone('no'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setDone('yes'),
      () => setDone('refused'),
    );
  const label = { no: `Copy ${what}`, yes: 'Copied', refused: 'The browser refuses: select it by hand' }[
    done
  ];
  return (
    <button
      type="button"
      class={words ? 'secondary' : 'icon'}
      aria-label={label}
      title={label}
      onClick={copy}
    >
      {done === 'yes' ? <DoneIcon /> : <CopyIcon />}
      {words && <span>{done === 'no' ? `Copy ${what}` : label}</span>}
    </button>
  );
}
