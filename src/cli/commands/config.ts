import { type Command, Option } from 'commander';
import { isRefusal } from '../../accesskey/secret/placeholders.ts';
import { requestedShape } from '../../accesskey/secret/template-output.ts';
import { DEFAULT_ALLOW_LIST } from '../../api/allow-list.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Format } from '../../api/secret-keys.ts';
import { environmentOf, shownPair } from '../keys/environment.ts';
import { getKey } from '../keys/get.ts';
import { type PublishedPair, readPublishedPair } from '../keys/pair.ts';
import { accessInForce } from '../keys/permissions.ts';
import { CliError } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import { type ClusterFlags, type Kubernetes, withKubernetes } from '../shell/kubernetes.ts';
import { clusterOptions } from '../shell/options.ts';
import type { Terminal } from '../shell/terminal.ts';
import { environmentText, shellQuoted } from '../tools/shells.ts';
import { CODE, FILE_TOOLS, type Place, resticRepository, TOOLS, type ToolName } from '../tools/tools.ts';

interface Flags extends ClusterFlags {
  readonly for: ToolName;
  readonly bucket?: string;
  readonly showSecret?: true;
}

/** Returns the command `config NAME --for TOOL`: it prints what a tool or a program needs to use the key. */
export function configCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('config')
    .argument('<name>', 'the name of the AccessKey')
    .summary('print the configuration of a tool, or code for an SDK')
    .description(
      'Prints what a tool reads, or code that uses the key through an SDK. At a terminal it hides the secret unless --show-secret is given. The code has no secret in it: it reads the variables of env, exec or envFrom.',
    )
    .addOption(new Option('--for <tool>', 'the tool or language').choices([...TOOLS]).makeOptionMandatory())
    .option('--bucket <name>', 'the bucket to show the use by; default: the first that the key may use')
    .option('--show-secret', 'print the secret at a terminal too')
    .addHelpText(
      'after',
      `
Examples:
  kubectl accesskey config photo-uploader -n shop --for rclone > rclone.conf
  kubectl accesskey config photo-uploader -n shop --for boto3`,
    );
  clusterOptions(command).action((name: string, flags: Flags) =>
    withKubernetes(terminal, flags, (kubernetes) => config(kubernetes, name, flags, terminal)),
  );
}

async function config(kubernetes: Kubernetes, name: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { signal, stdout } = terminal;
  const accessKey = await getKey(kubernetes, name, signal);
  const published = await readPublishedPair(kubernetes, accessKey, signal);
  const { endpoint, region } = published;
  const bucket = flags.bucket ?? firstBucket(accessKey);
  const place: Place = { endpoint, region, bucket: bucket ?? 'BUCKET' };
  const tool = flags.for;
  if (isCode(tool)) {
    terminal.print(CODE[tool](place));
    return;
  }
  const show = flags.showSecret === true || stdout.isTTY !== true;
  const shown = shownPair(published, show);
  terminal.print(textFor(tool, accessKey, shown, place));
  if (!show)
    terminal.say('The secret is hidden at a terminal: write this into a file, or say --show-secret.');
}

function textFor(
  tool: Exclude<ToolName, keyof typeof CODE>,
  accessKey: AccessKey,
  published: PublishedPair,
  place: Place,
): string {
  if (tool === 'mc') {
    const { MC_HOST_s3: host = '' } = rendered('mc-host', accessKey, published);
    return `# mc ls s3/${place.bucket}\nexport MC_HOST_s3=${shellQuoted(host)}`;
  }
  if (tool === 'restic') {
    const { AWS_ENDPOINT_URL_S3: _, ...variables } = environmentOf(published);
    return `# restic asks for the password of the repository: RESTIC_PASSWORD, or RESTIC_PASSWORD_FILE\n${resticRepository(place)}\n${environmentText(variables, 'sh')}`;
  }
  const { format, places } = FILE_TOOLS[tool];
  const files = Object.entries(rendered(format, accessKey, published));
  const where: Readonly<Record<string, string>> = places;
  return files.map(([key, text]) => `# ${where[key]}\n${text.trimEnd()}`).join('\n\n');
}

/** A format as the operator renders it into a Secret. @throws CliError where it can't hold the pair */
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

function isCode(tool: ToolName): tool is keyof typeof CODE {
  return Object.hasOwn(CODE, tool);
}

function firstBucket(accessKey: AccessKey): string | undefined {
  const access = accessInForce(accessKey);
  return access.kind === 'limited' ? access.entries[0]?.bucketName : undefined;
}
