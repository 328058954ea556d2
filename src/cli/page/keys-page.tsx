import { useEffect, useMemo, useState } from 'preact/hooks';
import type { KeyRow, Session } from '../ui/protocol.ts';
import { CreateDialog } from './create-dialog.tsx';
import { EmptyList } from './empty.tsx';
import { Header } from './header.tsx';
import { PlusIcon } from './icons.tsx';
import { KeyPanel } from './key-panel.tsx';
import { FailureNote, Note } from './notes.tsx';
import { type Filter, type Order, shownRows } from './rows.ts';
import { KeyTable } from './table.tsx';
import { Toolbar } from './toolbar.tsx';
import { useKeys } from './use-keys.ts';
import { useRights } from './use-rights.ts';

const TICK_MS = 15_000;
const EVERYTHING: Filter = { text: '', state: 'all' };

/** The list and what opens from it. */
export function KeysPage({ session }: { readonly session: Session }) {
  const [namespace, setNamespace] = useState(session.startIn);
  const [filter, setFilter] = useState(EVERYTHING);
  const [order, setOrder] = useState<Order>({ column: 'label', descending: false });
  const [open, setOpen] = useState<'create' | Pick<KeyRow, 'namespace' | 'name' | 'uid'>>();
  const now = useNow();
  const list = useKeys(namespace);
  const rights = useRights(namespace);
  const own = useRights(session.namespace);
  const mayCreate = rights.create || (namespace === undefined && own.create);
  const rows = useMemo(() => shownRows(list.rows.values(), filter, order), [list.rows, filter, order]);
  const opened = typeof open === 'object' ? open : undefined;
  const state = list.lost ? 'lost' : list.synced && list.trouble === '' ? 'live' : 'waiting';
  return (
    <>
      <Header session={session} state={state} />
      <main>
        <div class="heading">
          <div>
            <h1>Access keys</h1>
            <p class="count" role="status">
              {list.synced ? countText(rows.length, list.rows.size) : 'Loading …'}
            </p>
          </div>
          {mayCreate && (
            <button type="button" class="primary" onClick={() => setOpen('create')}>
              <PlusIcon /> Create access key
            </button>
          )}
        </div>
        <Toolbar {...{ session, namespace, setNamespace, filter, setFilter }} />
        {list.lost && (
          <FailureNote
            failure={{
              cause: 'The command behind this page has ended',
              remedy: 'Run kubectl accesskey ui in your terminal, and open its link',
            }}
          />
        )}
        {list.trouble && (
          <Note kind="warning">
            <p>The list may be old: {list.trouble}</p>
          </Note>
        )}
        {rows.length > 0 ? (
          <KeyTable
            {...{ rows, order, now }}
            onOrder={setOrder}
            onOpen={setOpen}
            showNamespace={namespace === undefined}
          />
        ) : (
          list.synced && (
            <EmptyList
              {...{ namespace, mayCreate }}
              isFiltered={list.rows.size > 0}
              onClear={() => setFilter(EVERYTHING)}
              onCreate={() => setOpen('create')}
            />
          )
        )}
      </main>
      {open === 'create' && (
        <CreateDialog
          session={session}
          namespace={namespace ?? session.namespace}
          onClose={() => setOpen(undefined)}
        />
      )}
      {opened && (
        <KeyPanel
          key={opened.uid}
          at={opened}
          row={list.rows.get(opened.uid)}
          now={now}
          onClose={() => setOpen(undefined)}
        />
      )}
    </>
  );
}

function countText(shown: number, all: number): string {
  const keys = (count: number) => `${count} ${count === 1 ? 'key' : 'keys'}`;
  return shown === all ? keys(all) : `${shown} of ${keys(all)}`;
}

/** The time, anew every few seconds, for ages. */
function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
