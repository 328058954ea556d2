import { environmentOf } from '../keys/environment.ts';
import { getKey } from '../keys/get.ts';
import { readPublishedPair } from '../keys/pair.ts';
import { configText, placeOf } from '../tools/config-text.ts';
import { environmentText } from '../tools/shells.ts';
import type { Call } from './call.ts';
import type { PairView } from './protocol.ts';

/**
 * Reads the pair from its Secret, by the user's own right, and keeps none of it.
 * @throws CliError, KubeError
 */
export async function pairOf(call: Call): Promise<PairView> {
  const kubernetes = { ...call.kubernetes, namespace: call.namespace };
  const accessKey = await getKey(kubernetes, call.name, call.signal);
  const published = await readPublishedPair(kubernetes, accessKey, call.signal);
  const { pair, secretName, endpoint, region } = published;
  const place = placeOf(accessKey, published);
  const text = (tool: 'aws' | 'rclone' | 'mc') => configText(tool, accessKey, published, place);
  return {
    ...pair,
    ...{ secretName, endpoint, region },
    texts: {
      env: environmentText(environmentOf(published), 'sh'),
      aws: text('aws'),
      rclone: text('rclone'),
      mc: text('mc'),
    },
  };
}
