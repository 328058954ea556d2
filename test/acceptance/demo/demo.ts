/** `npm run demo`: an AccessKey becomes a key that works, is edited, and is revoked, on real servers. */
import { parseArgs } from 'node:util';
import { type Bed, startBed } from '../../bed/bed.ts';
import type { ProgramName } from '../../bed/go-modules.ts';
import { installFinalizerPolicy, untilFinalizersAdded } from '../../bed/install.ts';
import { startOperator } from '../../bed/operator.ts';
import { findPrograms, lookFor, SERVERS } from '../../bed/programs.ts';
import { attempt, s3OfSecret } from './demo-s3.ts';
import { fail, note, say, step } from './demo-say.ts';
import { applyExample, type DemoStore, KEY, prepareStore, STORES, untilReady } from './prepare-store.ts';
import { showOffline } from './show-offline.ts';
import { showPage } from './show-page.ts';
import { showTables } from './show-tables.ts';

const API = '/apis/accesskeys.dev/v1alpha1';
const SHOP = `${API}/namespaces/shop`;
const LIMITED = { ...KEY, metadata: { namespace: 'shop', name: 'photo-uploader' } };
const UNRESTRICTED = { ...KEY, metadata: { namespace: 'shop', name: 'admin-tools' } };

const flag = { type: 'boolean', default: false } as const;
const { values } = parseArgs({
  options: { keep: flag, ui: flag, store: { type: 'string', default: 'minio' } },
});
const startStore = Object.entries(STORES).find(([name]) => name === values.store)?.[1];
if (!startStore) {
  fail(new Error(`no store is named ${values.store}: choose one of ${Object.keys(STORES).join(', ')}`));
  process.exit(2);
}
let bed: Bed | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    void (bed?.stop() ?? Promise.resolve()).finally(() => process.exit(values.keep || values.ui ? 0 : 130));
  });
}
try {
  await demo(startStore);
} catch (error) {
  fail(error);
  process.exitCode = 1;
} finally {
  await bed?.stop();
}
process.exit();

async function demo(start: (bed: Bed) => Promise<DemoStore>): Promise<void> {
  // What only those need who go on by themselves isn't built for the others.
  const isToBeUsed = values.keep || values.ui;
  const programs: readonly ProgramName[] = [
    ...SERVERS.filter((name) => isToBeUsed || name !== 'kube-controller-manager'),
    ...(isToBeUsed ? (['kubectl'] as const) : []),
    ...(values.store === 'versitygw' ? (['versitygw'] as const) : []),
  ];
  const missing = programs.filter((name) => lookFor(name, process.env) === undefined);
  if (missing.length > 0) {
    step('What an AccessKey leads to, before any server runs');
    await showOffline();
  }

  step('A Kubernetes control plane and a store, real ones, on this machine');
  if (missing.length > 0) {
    say(`Built from source, once: ${missing.join(', ')}. README.md, "Two commands", has a shorter way.`);
    await findPrograms(programs, say);
  }
  bed = await startBed({ log: say, controllers: isToBeUsed });
  const kubectl = isToBeUsed ? (await findPrograms(['kubectl'], say)).kubectl : '';
  const show = showTables.bind(undefined, bed);
  const store = await start(bed);
  say(`kube-apiserver at ${bed.server}, ${store.title} at ${store.endpoint}`);

  step('The operator, with the rights of its ClusterRole and no others');
  await installFinalizerPolicy(bed.api);
  const operator = await startOperator({ bed, kubeconfig: await bed.kubeconfig() });
  await operator.ready;
  say('it is ready (node src/main.ts)');

  step(`Buckets, and a store object that names the ${store.title}`);
  await prepareStore(bed, store);
  await show('get clusterobjectstores', `${API}/clusterobjectstores`);

  step('Two AccessKeys: an unrestricted one, and one that is limited to some buckets');
  await untilFinalizersAdded(bed.api, 'default', { kind: 'ClusterObjectStore', name: 'default' });
  await applyExample(bed, 'unrestricted.yaml');
  await applyExample(bed, 'limited.yaml');
  await untilReady(bed, UNRESTRICTED);
  await untilReady(bed, LIMITED);
  await show('get accesskeys -n shop', `${SHOP}/accesskeys`);
  await show('get secret photo-uploader -n shop', '/api/v1/namespaces/shop/secrets/photo-uploader');
  if (values.ui) {
    await showPage(bed, store.title);
    return;
  }

  step('What photo-uploader may do, tried by an S3 client that has its Secret and nothing else');
  const limited = await s3OfSecret(bed, LIMITED);
  const admin = await s3OfSecret(bed, UNRESTRICTED);
  await attempt('write to photos (read_write)', 'passes', () =>
    limited.putObject('photos', 'cat.jpg', 'meow'),
  );
  await attempt('read it back', 'passes', () => limited.getObject('photos', 'cat.jpg'));
  await attempt('read from logs (read_only)', 'passes', () => limited.getObject('logs', 'hello.txt'));
  await attempt('write to logs', 'is refused', () => limited.putObject('logs', 'mine.txt', 'no'));
  await attempt('read from payroll (none)', 'is refused', () => limited.getObject('payroll', 'hello.txt'));
  const names = (await limited.listBuckets()).map(({ name }) => name).sort();
  say(`  the list of all buckets shows ${names.join(', ')}: that is so for every key`);
  await attempt('admin-tools reads from payroll', 'passes', () => admin.getObject('payroll', 'hello.txt'));

  step('A permission is edited: logs becomes read_write. The pair stays the same');
  const before = await bed.api.get(LIMITED);
  const bucketAccess = [
    { bucketName: 'photos', permissions: 'read_write' },
    { bucketName: 'logs', permissions: 'read_write' },
    { bucketName: 'payroll', permissions: 'none' },
  ];
  note(
    `kubectl patch accesskey photo-uploader -n shop --type merge -p '${JSON.stringify({ spec: { bucketAccess } })}'`,
  );
  await bed.api.patch(LIMITED, { spec: { bucketAccess } });
  await untilReady(bed, LIMITED);
  await show('get accesskeys -n shop', `${SHOP}/accesskeys`);
  await attempt('write to logs', 'passes', () => limited.putObject('logs', 'mine.txt', 'yes'));
  const after = await bed.api.get(LIMITED);
  if (before?.status?.['accessKeyId'] !== after?.status?.['accessKeyId'])
    throw new Error('the edit changed the access key id');

  if (values.keep) {
    step('Everything stays up (--keep). To use kubectl on it, in another terminal:');
    note(`export KUBECONFIG=${bed.adminKubeconfig}`);
    note(`${kubectl} get accesskeys -A`);
    note(`${kubectl} delete accesskey photo-uploader -n shop`);
    say(
      `${store.title} takes the pair of any Secret in namespace shop, at its AWS_ENDPOINT_URL_S3. Ctrl-C ends all of it.`,
    );
    await new Promise(() => setInterval(() => {}, 1 << 30));
  }

  step('photo-uploader is deleted: it is revoked at once, and no other key with it');
  note('kubectl delete accesskey photo-uploader -n shop');
  await bed.api.delete(LIMITED);
  await bed.api.waitGone(LIMITED);
  await attempt('photo-uploader reads from photos', 'is refused', () =>
    limited.getObject('photos', 'cat.jpg'),
  );
  await attempt('admin-tools reads from photos', 'passes', () => admin.getObject('photos', 'cat.jpg'));
  await show('get accesskeys,secrets -n shop', `${SHOP}/accesskeys`, '/api/v1/namespaces/shop/secrets');
  await show('get events -n shop --sort-by=.metadata.creationTimestamp', '/api/v1/namespaces/shop/events');

  step('Everything is ended and removed again');
  await bed.api.delete(UNRESTRICTED);
  await bed.api.waitGone(UNRESTRICTED);
  const { code } = await operator.kill('SIGTERM');
  if (code !== 0) throw new Error(`the operator ended with ${code}`);
  say('the operator ended with 0. `npm run demo -- --keep` leaves it all up for you to play with.');
}
