import type { ChangeAnswer, ChangeForm, KeyRow } from '../ui/protocol.ts';
import { keyPath } from './call.ts';
import { Dialog } from './dialog.tsx';
import { FailureNote, OwnerNote, sentence, Yaml } from './notes.tsx';
import { PairOnDemand } from './pair.tsx';
import { ProgressView } from './progress.tsx';
import { useChange } from './use-change.ts';
import { usePreview } from './use-preview.ts';
import { useProgress } from './use-progress.ts';

type Kind = Extract<ChangeForm['kind'], 'rotate' | 'disable' | 'enable'>;

const WORDS = {
  rotate: {
    verb: 'Rotate',
    text: 'A new pair takes the place of the pair in the Secret. The old pair works on for the grace period (24 hours, if the key says nothing else), so that applications can take up the new one.',
    goal: 'inForce',
    reached: 'The new pair works.',
  },
  disable: {
    verb: 'Disable',
    text: 'The store refuses the key until it is enabled again. The pair is kept.',
    goal: 'disabled',
    reached: 'The store refuses the key.',
  },
  enable: {
    verb: 'Enable',
    text: 'The store takes the pair of the key again.',
    goal: 'inForce',
    reached: 'The key works again.',
  },
} as const;

interface Props {
  readonly kind: Kind;
  readonly at: Pick<KeyRow, 'namespace' | 'name' | 'uid'>;
  readonly label: string;
  readonly onClose: () => void;
}

/** Says what a change does, writes it and waits for it; or shows it as YAML, where GitOps manages the key. */
export function ChangeDialog({ kind, at, label, onClose }: Props) {
  const { verb, text, goal, reached } = WORDS[kind];
  const changes = [{ kind }];
  const changing = useChange(at);
  const { preview, failure: unasked } = usePreview<ChangeAnswer>(keyPath(at, '/change'), {
    ...{ uid: at.uid, changes, dryRun: true },
  });
  const progress = useProgress(at, changing.written ? goal : undefined);
  const owner = preview?.owner;
  const refusals = changing.written ? [] : (preview?.findings ?? []);
  return (
    <Dialog
      title={`${verb} ${label}`}
      onClose={onClose}
      buttons={
        changing.written || owner ? (
          <button type="button" class="primary" onClick={onClose}>
            {owner ? 'Close' : 'Done'}
          </button>
        ) : (
          <>
            <button type="button" class="secondary" onClick={onClose}>
              Cancel
            </button>
            <button
              type="button"
              class="primary"
              disabled={changing.sending || preview === undefined}
              onClick={() => void changing.send(changes)}
            >
              {verb}
            </button>
          </>
        )
      }
    >
      {owner && <OwnerNote owner={owner} name={`${at.namespace}/${at.name}`} />}
      {!changing.written && <p>{text}</p>}
      {owner && preview && <Yaml text={preview.yaml} what="patch" />}
      {refusals.map((one) => (
        <FailureNote key={one.sentence} failure={{ cause: sentence(one.sentence) }} />
      ))}
      <FailureNote failure={changing.failure ?? (changing.written ? undefined : unasked)} />
      {changing.written && <ProgressView progress={progress} reached={reached} />}
      {changing.written && progress.reached && kind === 'rotate' && <PairOnDemand at={at} />}
    </Dialog>
  );
}
