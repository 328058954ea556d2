/** Objects straight from and to the control plane's etcd, by its JSON API, in the form in which the API server keeps them. */

/** One stored object. */
export interface StoredObject {
  /** `/registry/...` */
  readonly key: string;
  readonly value: Buffer;
}

/** etcd's default for one transaction. */
const MAX_OPERATIONS = 128;

/** Reads an object as it is stored. @throws Error if there is none */
export async function readStored(etcd: string, key: string): Promise<Buffer> {
  const { kvs } = (await post(`${etcd}/v3/kv/range`, { key: base64(key) })) as {
    readonly kvs?: readonly { readonly value: string }[];
  };
  const [found] = kvs ?? [];
  if (!found) throw new Error(`etcd has no ${key}`);
  return Buffer.from(found.value, 'base64');
}

/** Stores objects. The API server shows them as soon as its watch of etcd has. */
export async function putStored(etcd: string, objects: readonly StoredObject[]): Promise<void> {
  for (let at = 0; at < objects.length; at += MAX_OPERATIONS) {
    const success = objects.slice(at, at + MAX_OPERATIONS).map(({ key, value }) => ({
      requestPut: { key: base64(key), value: value.toString('base64') },
    }));
    const { succeeded } = (await post(`${etcd}/v3/kv/txn`, { success })) as { readonly succeeded?: boolean };
    if (!succeeded) throw new Error('etcd has not stored the objects');
  }
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

async function post(url: string, body: object): Promise<unknown> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`etcd answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}
