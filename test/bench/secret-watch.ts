import type { Secret } from '../../src/kube/objects.ts';
import type { KubeResource } from '../../src/kube/resource.ts';

/** The time at which a Secret was first seen, of `performance.now()`, and its id. */
interface SeenSecret {
  readonly at: number;
  readonly accessKeyId: string;
}

export interface SecretWatch {
  /** The Secret of that name, as soon as it can be seen. */
  of(name: string): Promise<SeenSecret>;
  stop(): void;
}

/** Watches a namespace's Secrets from now on. */
export async function watchSecrets(secrets: KubeResource<Secret>, namespace: string): Promise<SecretWatch> {
  const source = secrets.listWatch({ namespace });
  const stop = new AbortController();
  const { signal } = stop;
  const { resourceVersion } = await source.list({ limit: 1, signal });
  const seen = new Map<string, PromiseWithResolvers<SeenSecret>>();
  const entry = (name: string) => {
    const known = seen.get(name) ?? Promise.withResolvers<SeenSecret>();
    seen.set(name, known);
    return known;
  };
  const read = async () => {
    const options = { resourceVersion, timeoutSeconds: 3_600, idleTimeoutMs: 600_000, signal };
    for await (const event of source.watch(options)) {
      if (event.type !== 'ADDED') continue;
      const { metadata, data } = event.object;
      const accessKeyId = Buffer.from(data?.['AWS_ACCESS_KEY_ID'] ?? '', 'base64').toString();
      entry(metadata.name).resolve({ at: performance.now(), accessKeyId });
    }
  };
  void read().catch((error: unknown) => {
    for (const { reject } of seen.values()) reject(error);
  });
  return {
    of: (name) => entry(name).promise,
    stop: () => stop.abort(),
  };
}
