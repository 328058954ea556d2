import { useId } from 'preact/hooks';
import type { Session } from '../ui/protocol.ts';
import { SearchIcon } from './icons.tsx';
import { type Filter, STATES, type State } from './rows.ts';

interface Props {
  readonly session: Session;
  readonly namespace: string | undefined;
  readonly setNamespace: (namespace: string | undefined) => void;
  readonly filter: Filter;
  readonly setFilter: (filter: Filter) => void;
}

const TITLES: Readonly<Record<State, string>> = {
  all: 'Every status',
  ready: 'Ready',
  notReady: 'Not ready',
  disabled: 'Disabled',
};

/** What the list shows: a search, a namespace and a status. */
export function Toolbar({ session, namespace, setNamespace, filter, setFilter }: Props) {
  const state = useId();
  return (
    <search class="toolbar">
      <label class="search">
        <span class="hidden">Search keys</span>
        <SearchIcon />
        <input
          type="search"
          placeholder="Search label, name, key ID, store"
          value={filter.text}
          onInput={({ currentTarget }) => setFilter({ ...filter, text: currentTarget.value })}
        />
      </label>
      <Namespaces {...{ session, namespace, setNamespace }} />
      <label class="hidden" for={state}>
        Status
      </label>
      <select
        id={state}
        value={filter.state}
        onChange={({ currentTarget }) => setFilter({ ...filter, state: currentTarget.value as State })}
      >
        {STATES.map((one) => (
          <option key={one} value={one}>
            {TITLES[one]}
          </option>
        ))}
      </select>
    </search>
  );
}

function Namespaces({ session, namespace, setNamespace }: Omit<Props, 'filter' | 'setFilter'>) {
  const id = useId();
  const label = (
    <label class="hidden" for={id}>
      Namespace
    </label>
  );
  if (session.namespaces === undefined && !session.allNamespaces)
    return (
      <>
        {label}
        <input
          id={id}
          value={namespace ?? ''}
          placeholder="Namespace"
          onChange={({ currentTarget }) => setNamespace(currentTarget.value.trim() || session.namespace)}
        />
      </>
    );
  const known = new Set([
    ...(session.namespaces ?? []),
    session.namespace,
    ...(namespace ? [namespace] : []),
  ]);
  return (
    <>
      {label}
      <select
        id={id}
        value={namespace ?? ''}
        onChange={({ currentTarget }) => setNamespace(currentTarget.value || undefined)}
      >
        {session.allNamespaces && <option value="">All namespaces</option>}
        {[...known].sort().map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </>
  );
}
