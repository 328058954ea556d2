/** Brings a stage to where its parts begin: a store, a namespace, and a key to take the ceiling's bodies from. */
import { readTemplate } from './ceiling.ts';
import { clearAfter, type Setting } from './creation.ts';
import { createCrowd } from './crowd.ts';
import { setStage } from './stage.ts';

/** Prepares the setting. @param say gets lines on the progress */
export async function prepare(say: (line: string) => void): Promise<Setting & { end(): Promise<void> }> {
  const stage = await setStage(say);
  const crowd = await createCrowd(stage);
  const { uid = '' } =
    (await stage.bed.api.get({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } }))
      ?.metadata ?? {};
  const cluster = { name: uid, uid };
  await stage.store('default');
  await stage.namespace('bench');
  const name = 'template-key';
  const operator = await stage.operator();
  const watch = await crowd.watch('bench');
  await crowd.apply('bench', [name]);
  await watch.until(1, 30_000);
  watch.stop();
  await operator.kill();
  const servers = { ...crowd, store: stage.admin };
  const template = await readTemplate(servers, cluster, { name, namespace: 'bench' });
  const setting = { stage, crowd, template, namespace: 'bench' };
  await clearAfter(setting);
  return {
    ...setting,
    async end() {
      await crowd.close();
      await stage.end();
    },
  };
}
