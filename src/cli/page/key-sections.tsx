import type { ComponentChildren } from 'preact';
import { ago, timeWithDistance } from '../print/time.ts';
import type { KeyDetail } from '../ui/protocol.ts';
import { Copy } from './copy.tsx';
import { Yaml } from './notes.tsx';

interface Props {
  readonly detail: KeyDetail;
  readonly now: number;
}

/** What there is to read about a key. */
export function KeySections({ detail, now }: Props) {
  return (
    <>
      <Facts {...{ detail, now }} />
      <Permissions detail={detail} />
      <Events {...{ detail, now }} />
      <details>
        <summary>As YAML</summary>
        <Yaml text={detail.yaml} />
      </details>
    </>
  );
}

function Facts({ detail, now }: Props) {
  const { row, previous } = detail;
  const time = (at: string) => at && timeWithDistance(at, now);
  const facts: (readonly [string, ComponentChildren])[] = [
    [
      'Key ID',
      row.accessKeyId && (
        <>
          <code>{row.accessKeyId}</code> <Copy text={row.accessKeyId} what="Key ID" />
        </>
      ),
    ],
    ['Store', row.store],
    ['Secret', detail.secretName],
    ['Issued', time(detail.issuedAt)],
    ['Rotation', detail.rotation],
    ['Next rotation', time(row.nextRotationAt)],
    ['Expires', time(row.expiresAt)],
    ...previous.map(
      ({ accessKeyId, revokeAt }) =>
        ['Previous key', `${accessKeyId} works until ${time(revokeAt)}`] as const,
    ),
    ['Deletion', detail.retained && 'Retain: the key outlives this object'],
  ];
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value)
        .map(([title, value]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Permissions({ detail }: { readonly detail: KeyDetail }) {
  const { permissions, actions } = detail;
  return (
    <section>
      <h3>Permissions</h3>
      {permissions.length === 0 && <p>The key may use no bucket.</p>}
      {permissions.map(({ bucketName, asked, inForce, same, words }) => (
        <div class="permission" key={bucketName}>
          <h4>{bucketName === '*' ? 'Every bucket' : bucketName}</h4>
          <p class="levels">
            <span class={`level ${inForce.split(' ')[0]}`}>{inForce}</span>
            {!same && <span class="differs">asked for: {asked}</span>}
          </p>
          <p class="words">May {words === '' ? 'do nothing' : asMay(words)}.</p>
          {typeof actions !== 'string' && <Actions {...{ actions, bucketName }} />}
        </div>
      ))}
      {typeof actions === 'string' && <p class="hint">S3 actions are not shown, since {actions}.</p>}
    </section>
  );
}

/** `nothing; the name …` reads as what a key may do. */
function asMay(words: string): string {
  return /^(nothing|everything)/.test(words) ? `do ${words}` : words;
}

function Actions({
  actions,
  bucketName,
}: {
  readonly actions: Exclude<KeyDetail['actions'], string>;
  readonly bucketName: string;
}) {
  const found = actions.find((one) => one.bucketName === bucketName);
  if (found === undefined) return null;
  return (
    <details>
      <summary>S3 actions on {bucketName === '*' ? 'every bucket' : bucketName}</summary>
      <p>On the bucket: {found.bucket.join(', ') || 'none'}</p>
      <p>On its objects: {found.objects.join(', ') || 'none'}</p>
    </details>
  );
}

function Events({ detail: { events }, now }: Props) {
  return (
    <section>
      <h3>Events</h3>
      {typeof events === 'string' ? (
        <p>Events are not shown, since {events}.</p>
      ) : events.length === 0 ? (
        <p>None in the last hour.</p>
      ) : (
        <ul class="events">
          {events.map(({ at, warning, reason, message, count }) => (
            <li key={`${at} ${reason} ${message}`} class={warning ? 'warning' : undefined}>
              <strong>{reason}</strong> <time dateTime={at}>{ago(at, now)} ago</time>
              <p>
                {message}
                {count > 1 && ` (${count} times)`}
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
