/** A MinIO of one test file's own: what is done to it there (paused, filled, behind TLS) can't be done to a shared one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../../../src/provider/errors.ts';
import {
  createMinioStore,
  type MinioStore,
  type MinioStoreOptions,
} from '../../../src/provider/minio/admin.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import type { Minio } from '../../bed/minio.ts';
import { bedContext } from './bed-context.ts';

export interface OwnMinio {
  readonly minio: Minio;
  readonly root: Pair;
  /** A client of it; its connections are closed by `end`. */
  open(options?: Partial<MinioStoreOptions>): MinioStore;
  /** Stops the server. */
  end(): Promise<void>;
}

export async function startOwnMinio(options: { tls?: boolean } = {}): Promise<OwnMinio> {
  const { bed } = await bedContext();
  const minio = await bed.startMinio(options);
  const root = { accessKeyId: minio.rootUser, secretAccessKey: minio.rootPassword };
  const opened: MinioStore[] = [];
  const open = (settings: Partial<MinioStoreOptions> = {}): MinioStore => {
    const store = createMinioStore({ endpoint: minio.endpoint, credentials: root, ...settings });
    opened.push(store);
    return store;
  };
  await untilStarted(open(minio.caPem === undefined ? {} : { caBundle: minio.caPem }));
  return {
    minio,
    root,
    open,
    end: async () => {
      await Promise.all(opened.map((store) => store.close()));
      await bed.stop();
    },
  };
}

/** Waits while the server says that it is starting, which it does for a moment after it takes requests. */
export async function untilStarted(store: MinioStore): Promise<void> {
  const starting = () =>
    store.check().then(
      () => false,
      (error: unknown) => {
        if (error instanceof StoreError && error.kind === 'busy') return true;
        throw error;
      },
    );
  while (await starting()) await sleep(20);
}

/** A pair that no server knows. */
export function newPair(): Pair {
  const random = () => crypto.randomUUID().replaceAll('-', '').toUpperCase();
  return { accessKeyId: random().slice(0, 20), secretAccessKey: `${random()}${random()}`.slice(0, 40) };
}
