import { PlusIcon } from './icons.tsx';

interface Props {
  readonly namespace: string | undefined;
  readonly mayCreate: boolean;
  /** True if there are keys, and the filter hides all of them. */
  readonly isFiltered: boolean;
  readonly onClear: () => void;
  readonly onCreate: () => void;
}

/** What stands in the place of the list where it is empty, and what to do next. */
export function EmptyList({ namespace, mayCreate, isFiltered, onClear, onCreate }: Props) {
  if (isFiltered)
    return (
      <section class="empty">
        <h2>No key matches</h2>
        <p>Search for less, or show every key again.</p>
        <button type="button" class="secondary" onClick={onClear}>
          Show every key
        </button>
      </section>
    );
  const where = namespace === undefined ? 'in any namespace' : `in namespace ${namespace}`;
  return (
    <section class="empty">
      <h2>No access keys {where}</h2>
      {mayCreate ? (
        <>
          <p>
            An access key is a user of an S3 store, with the buckets that it may use. Create one, and the pair
            is kept in a Secret that your application reads.
          </p>
          <button type="button" class="primary" onClick={onCreate}>
            <PlusIcon /> Create access key
          </button>
        </>
      ) : (
        <p>
          You may not create access keys here. Choose another namespace, or ask an administrator of the
          cluster for the right to create accesskeys.accesskeys.dev.
        </p>
      )}
    </section>
  );
}
