/**
 * The maximum number of items that run in sequence: it costs little, and a crash in between leaves a known
 * order.
 */
const IN_ORDER = 4;

/**
 * Calls `act` for every item, at most `limit` at a time, and waits for every call that began. Up to four
 * items run in order.
 * @throws the first error, once every call has ended; no further item begins after it
 */
export async function eachLimited<Item>(
  items: readonly Item[],
  limit: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  let failure: { readonly error: unknown } | undefined;
  async function work(): Promise<void> {
    for (let next = rest.next(); !next.done && !failure; next = rest.next()) {
      try {
        await act(next.value);
      } catch (error) {
        failure ??= { error };
      }
    }
  }
  const workers = items.length > IN_ORDER ? limit : 1;
  await Promise.all(Array.from({ length: workers }, work));
  if (failure) throw failure.error;
}
