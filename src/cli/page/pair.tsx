import { useState } from 'preact/hooks';
import type { Failure, PairView } from '../ui/protocol.ts';
import { call, failureOf, keyPath } from './call.ts';
import { Copy } from './copy.tsx';
import { Code, FailureNote, Note } from './notes.tsx';
import { useRights } from './use-rights.ts';

interface At {
  readonly namespace: string;
  readonly name: string;
}

/** A button that reads the pair. What it has read is gone with the dialog that this stands in. */
export function PairOnDemand({ at }: { readonly at: At }) {
  const rights = useRights(at.namespace);
  const [pair, setPair] = useState<PairView>();
  const [failure, setFailure] = useState<Failure>();
  const read = () =>
    call<PairView>(keyPath(at, '/pair'), { method: 'POST' }).then(setPair, (error: unknown) =>
      setFailure(failureOf(error)),
    );
  if (pair) return <Pair pair={pair} />;
  if (!rights.known) return null;
  if (!rights.pairs)
    return (
      <p>You may not read Secrets in namespace {at.namespace}. Applications read the pair from the Secret.</p>
    );
  return (
    <>
      <FailureNote failure={failure} />
      <button type="button" class="primary" onClick={() => void read()}>
        Show the secret
      </button>
    </>
  );
}

const TABS = [
  ['env', 'Environment'],
  ['aws', 'AWS CLI'],
  ['rclone', 'rclone'],
  ['mc', 'mc'],
] as const;

function Pair({ pair }: { readonly pair: PairView }) {
  const [tab, setTab] = useState<(typeof TABS)[number][0]>('env');
  return (
    <section class="pair" aria-label="Pair">
      <Note kind="warning">
        <p>
          Copy what you need now: the secret goes from this page with the dialog. The Secret {pair.secretName}{' '}
          keeps it.
        </p>
      </Note>
      <dl class="facts">
        <Value title="Access key ID" value={pair.accessKeyId} />
        <Value title="Secret access key" value={pair.secretAccessKey} />
        <Value title="Endpoint" value={pair.endpoint} />
        <Value title="Region" value={pair.region} />
      </dl>
      <div class="segments tabs" role="radiogroup" aria-label="The same pair for">
        {TABS.map(([name, title]) => (
          <label key={name}>
            <input type="radio" name="pair-form" checked={tab === name} onChange={() => setTab(name)} />
            <span>{title}</span>
          </label>
        ))}
      </div>
      <Code text={pair.texts[tab]} what={TABS.find(([name]) => name === tab)?.[1] ?? ''} />
    </section>
  );
}

function Value({ title, value }: { readonly title: string; readonly value: string }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        <code>{value}</code> <Copy text={value} what={title} />
      </dd>
    </div>
  );
}
