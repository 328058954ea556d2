import { Dialog } from './dialog.tsx';
import { PairOnDemand } from './pair.tsx';
import { ProgressView } from './progress.tsx';
import { useProgress } from './use-progress.ts';

interface Props {
  readonly at: { readonly namespace: string; readonly name: string };
  readonly label: string;
  readonly onClose: () => void;
}

/** A key that was just created: how it gets into force, then its pair. */
export function Created({ at, label, onClose }: Props) {
  const progress = useProgress(at, 'inForce');
  return (
    <Dialog
      title={progress.reached ? 'Access key created' : 'Creating access key'}
      wide
      onClose={onClose}
      buttons={
        <button type="button" class="primary" onClick={onClose}>
          Done
        </button>
      }
    >
      <p>
        <strong>{label || at.name}</strong> is AccessKey {at.namespace}/{at.name}.
      </p>
      <ProgressView progress={progress} reached="The key works." />
      {progress.reached && <PairOnDemand at={at} />}
    </Dialog>
  );
}
