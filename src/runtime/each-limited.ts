/**
 * Calls `act` for every item, at most `limit` at once, and waits for all that began.
 * @throws the first error, once nothing is under way any more; no further item begins after it
 */
export async function eachLimited<Item>(
  items: Iterable<Item>,
  limit: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
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
  await Promise.all(Array.from({ length: limit }, work));
  if (failure) throw failure.error;
}
