/**
 * `create` by questions: label, name, store, Limited Access, and None, Read or Read/Write for each bucket.
 */
import { confirm, intro, log, note, outro, select, text } from '@clack/prompts';
import { isBucketName, isPrefix } from '../../api/bucket-name.ts';
import type { BucketAccess } from '../../api/schema/accesskey.ts';
import { createKey, refusalOf, showSecretOnce } from '../keys/create.ts';
import { getKey } from '../keys/get.ts';
import { type NewKey, nameFromLabel, newKeyManifest } from '../keys/new-key.ts';
import { yamlOf } from '../print/objects.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';
import { storeArgument } from '../shell/options.ts';
import { answered, promptStreams } from '../shell/prompts.ts';
import { type StoreRef, storeNameOf } from '../shell/store-ref.ts';
import type { Terminal } from '../shell/terminal.ts';
import { knownBySpec, readNamespace, readStoreIfAllowed } from '../stores/known.ts';
import { visibleStores } from '../stores/names.ts';
import { type Offer, offerOf } from '../stores/offer.ts';

const LEVELS = [
  { value: 'read_only', label: 'Read' },
  { value: 'read_write', label: 'Read/Write' },
  { value: 'none', label: 'None' },
] as const;

/**
 * Asks for a new key and makes it, or prints its manifest for Git. @throws CliError if the person cancels
 */
export async function createByDialog(
  kubernetes: Kubernetes,
  terminal: Terminal,
  { timeout }: { readonly timeout: number },
): Promise<void> {
  const streams = promptStreams(terminal);
  const { namespace } = kubernetes;
  intro(`New access key in namespace ${namespace}`, streams);
  const label = await answered(
    text({ message: 'Label: what people call the key', validate: required, ...streams }),
  );
  const name = await answered(
    text({
      message: 'Name of the AccessKey',
      initialValue: nameFromLabel(label),
      validate: nameFault,
      ...streams,
    }),
  );
  const storeRef = await askStore(kubernetes, terminal);
  const offer = await offered(kubernetes, terminal, storeRef);
  for (;;) {
    const access = await askAccess(terminal, offer);
    const manifest = newKeyManifest({ name, namespace, label, storeRef, access });
    const refused = await refusalOf(kubernetes, manifest, terminal.signal);
    const refusal = refused && [refused.cause, refused.remedy].filter(Boolean).join('\n');
    note(yamlOf(manifest), 'As YAML', streams);
    if (refusal !== undefined) {
      log.error(refusal, streams);
      if (await answered(confirm({ message: 'Choose the permissions again?', ...streams }))) continue;
    }
    const next = await answered(
      select({
        message: 'Create it?',
        options: [
          ...(refusal === undefined ? [{ value: 'create', label: 'Create' } as const] : []),
          { value: 'print', label: 'Print the manifest, for Git' } as const,
          { value: 'no', label: 'Neither' } as const,
        ],
        ...streams,
      }),
    );
    if (next === 'print') terminal.print(yamlOf(manifest));
    if (next !== 'create') {
      outro('Nothing is written.', streams);
      return;
    }
    await createKey(kubernetes, terminal, manifest, { wait: true, timeout });
    if (await answered(confirm({ message: 'Show the secret now?', initialValue: false, ...streams })))
      await showSecretOnce(kubernetes, terminal, await getKey(kubernetes, name, terminal.signal));
    outro(`kubectl accesskey env ${name} -n ${namespace} gives the pair to a shell`, streams);
    return;
  }
}

async function askStore(kubernetes: Kubernetes, terminal: Terminal): Promise<StoreRef> {
  const streams = promptStreams(terminal);
  const stores = await visibleStores(kubernetes, terminal.signal);
  const found = stores.map(({ kind, metadata: { name } }) => storeNameOf({ kind, name })).sort();
  if (found.length === 0) {
    const typed = await answered(
      text({ message: 'Store', initialValue: 'ClusterObjectStore/default', validate: required, ...streams }),
    );
    return storeArgument(typed);
  }
  if (found.length === 1 && found[0] !== undefined) {
    log.info(`Store: ${found[0]}`, streams);
    return storeArgument(found[0]);
  }
  const options = found.map((value) => ({ value, label: value }));
  return storeArgument(await answered(select({ message: 'Store', options, ...streams })));
}

/** Reads what the store's grants offer; undefined if the user may not read the store. */
async function offered(
  kubernetes: Kubernetes,
  { signal }: Terminal,
  storeRef: StoreRef,
): Promise<Offer | undefined> {
  const store = await readStoreIfAllowed(kubernetes, storeRef, kubernetes.namespace, signal);
  if (store === undefined) return undefined;
  return offerOf(knownBySpec(store), await readNamespace(kubernetes, kubernetes.namespace, signal));
}

async function askAccess(terminal: Terminal, offer: Offer | undefined): Promise<NewKey['access']> {
  const streams = promptStreams(terminal);
  if (offer) {
    const buckets = offer.buckets.length > 0 ? offer.buckets.join(', ') : 'none';
    log.info(`The store grants this namespace the buckets: ${buckets}`, streams);
  }
  const limited = await answered(
    confirm({
      message:
        offer?.unrestricted === false ? 'Limited Access (the store grants nothing else)' : 'Limited Access',
      ...streams,
    }),
  );
  if (!limited) return 'unrestricted';
  const entries: BucketAccess[] = [];
  for (;;) {
    const bucketName = await answered(
      text({
        message: entries.length === 0 ? 'Bucket' : 'Another bucket (Enter to go on)',
        validate: (value) => (value ? bucketFault(value) : undefined),
        ...streams,
      }),
    );
    if (!bucketName) return entries;
    entries.push(await askEntry(terminal, bucketName, offer));
  }
}

async function askEntry(
  terminal: Terminal,
  bucketName: string,
  offer: Offer | undefined,
): Promise<BucketAccess> {
  const streams = promptStreams(terminal);
  const most = offer?.most(bucketName) ?? 'read_write';
  const granted = {
    none: ['none'],
    read_only: ['none', 'read_only'],
    read_write: ['none', 'read_only', 'read_write'],
  }[most];
  const permissions = await answered(
    select({
      message: `What may it do in ${bucketName}?`,
      options: LEVELS.map(({ value, label }) => ({
        value,
        label,
        ...(!granted.includes(value) && { hint: 'the store does not grant it' }),
      })),
      ...streams,
    }),
  );
  if (permissions === 'none') return { bucketName, permissions };
  const prefixes = await answered(
    text({
      message: 'Only below these prefixes (a/,b/; Enter for the whole bucket)',
      validate: (value) => value?.split(',').map(prefixFault).find(Boolean),
      ...streams,
    }),
  );
  return { bucketName, permissions, ...(prefixes && { prefixes: prefixes.split(',') }) };
}

function required(value: string | undefined): string | undefined {
  return value ? undefined : 'Write something.';
}

function nameFault(value: string | undefined): string | undefined {
  const valid = value && value.length <= 63 && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(value);
  return valid ? undefined : 'Write up to 63 lowercase letters, digits and hyphens.';
}

function bucketFault(value: string): string | undefined {
  return isBucketName(value) ? undefined : "Write a bucket's name as the store lists it.";
}

function prefixFault(value: string): string | undefined {
  return isPrefix(value) ? undefined : 'A prefix ends in /, such as 2026/reports/.';
}
