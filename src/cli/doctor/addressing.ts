/** Finds stores that SDKs don't reach if they put the bucket into the host name: BUCKET.minio.example.com. */
import { isIP } from 'node:net';
import type { StoreObject } from '../../objectstore/store-kinds.ts';
import { titleOf } from '../../objectstore/store-kinds.ts';
import { about, type Diagnosis } from './finding.ts';

/** A lookup that says if a host name leads anywhere from this machine. */
export type Resolves = (host: string) => Promise<boolean>;

/** Looks up each store's host, and a bucket below it. */
export async function addressingDiagnoses(
  stores: readonly StoreObject[],
  resolves: Resolves,
): Promise<Diagnosis[]> {
  const { ok, warning, unknown } = about('addressing');
  const all = stores.map(async (store) => {
    const endpoint = store.spec.publicEndpoint ?? store.spec.endpoint;
    const host = URL.canParse(endpoint) ? new URL(endpoint).hostname.replace(/^\[|\]$/g, '') : '';
    const title = titleOf(store);
    if (host === '' || isIP(host) !== 0)
      return ok(`${title}: ${host} is an address, for which SDKs use paths`);
    const remedy =
      'set path style in the SDK (docs/sdks.md has the line for each), or switch on buckets in host names (docs/how-to/virtual-host.md)';
    // The operator has asked the store, from inside the cluster.
    if (store.status.addressing === 'VirtualHost') return ok(`${title}: buckets have names below ${host}`);
    if (store.status.addressing === 'Path')
      return warning(
        `${title}: buckets have no names below ${host}, and SDKs that put them there fail`,
        remedy,
      );
    if (!(await resolves(host)))
      return unknown(
        `${title}: ${host} is not known on this machine, so buckets below it can't be looked up`,
        remedy,
      );
    return (await resolves(`a-bucket.${host}`))
      ? ok(`${title}: buckets have names below ${host}`)
      : warning(
          `${title}: a bucket has no name below ${host}, and SDKs that put it into the host fail`,
          remedy,
        );
  });
  return Promise.all(all);
}
