/** The configuration of a tool for one key, with its pair in it. */
import { isRefusal } from '../../accesskey/secret/placeholders.ts';
import { requestedShape } from '../../accesskey/secret/template-output.ts';
import { DEFAULT_ALLOW_LIST } from '../../api/allow-list.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Format } from '../../api/secret-keys.ts';
import { environmentOf } from '../keys/environment.ts';
import type { PublishedPair } from '../keys/pair.ts';
import { accessInForce } from '../keys/permissions.ts';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import { environmentText, shellQuoted } from './shells.ts';
import { CODE, FILE_TOOLS, resticRepository, type ToolName, type ToolTarget } from './tools.ts';

/** A tool whose configuration holds the pair itself. */
export type PairTool = Exclude<ToolName, keyof typeof CODE>;

/** True if what is written for the tool is code, which reads the pair from the environment. */
export function isCode(tool: ToolName): tool is keyof typeof CODE {
  return Object.hasOwn(CODE, tool);
}

/** Returns the store's address, with the first bucket that the key may use unless another is named. */
export function placeOf(
  accessKey: AccessKey,
  { endpoint, region }: Pick<PublishedPair, 'endpoint' | 'region'>,
  bucket?: string,
): ToolTarget {
  const access = accessInForce(accessKey);
  const first = access.kind === 'limited' ? access.entries[0]?.bucketName : undefined;
  return { endpoint, region, bucket: bucket ?? first ?? 'BUCKET' };
}

/**
 * Returns what the tool reads: a file headed by its usual path, or variables.
 * @throws CliError if it can't hold the pair
 */
export function configText(
  tool: PairTool,
  accessKey: AccessKey,
  published: PublishedPair,
  target: ToolTarget,
): string {
  if (tool === 'mc') {
    const { MC_HOST_s3: host = '' } = rendered('mc-host', accessKey, published);
    return `# mc ls s3/${target.bucket}\nexport MC_HOST_s3=${shellQuoted(host)}`;
  }
  if (tool === 'restic') {
    const { AWS_ENDPOINT_URL_S3: _, ...variables } = environmentOf(published);
    return `# restic asks for the password of the repository: RESTIC_PASSWORD, or RESTIC_PASSWORD_FILE\n${resticRepository(target)}\n${environmentText(variables, 'sh')}`;
  }
  const { format, places } = FILE_TOOLS[tool];
  const files = Object.entries(rendered(format, accessKey, published));
  const where: Readonly<Record<string, string>> = places;
  return files.map(([key, text]) => `# ${where[key]}\n${text.trimEnd()}`).join('\n\n');
}

/** A format as the operator renders it into a Secret. @throws CliError if it can't hold the pair */
function rendered(
  format: Format,
  accessKey: AccessKey,
  { pair, endpoint, region }: PublishedPair,
): Readonly<Record<string, string>> {
  // Which Secrets the operator may write is no matter here: nothing is written.
  const spec = { ...accessKey.spec, secretName: 'any', secretTemplate: { formats: [format] } };
  const asked = { ...accessKey, spec };
  const store = {
    title: 'the store',
    provider: undefined,
    publicEndpoint: endpoint,
    region,
    ca: undefined,
  };
  const inputs = { accessKey: asked, store, access: accessInForce(accessKey), allowed: DEFAULT_ALLOW_LIST };
  const shape = requestedShape(inputs, pair);
  if (isRefusal(shape)) throw new CliError(EXIT.failed, shape.refusal);
  return shape.data;
}
