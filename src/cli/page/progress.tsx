import { FailureNote, sentence } from './notes.tsx';
import type { Progress } from './use-progress.ts';

/** How a change gets into force. @param reached says that it is */
export function ProgressView({
  progress,
  reached,
}: {
  readonly progress: Progress;
  readonly reached: string;
}) {
  if (progress.failure) return <FailureNote failure={progress.failure} />;
  return (
    <p role="status" class={progress.reached ? 'done' : 'busy'}>
      {progress.reached ? reached : `${sentence(progress.sentence).replace(/\.$/, '')} …`}
    </p>
  );
}
