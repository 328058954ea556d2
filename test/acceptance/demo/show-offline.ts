/** The demo before any server runs: the plugin's review of an example, and the resulting policy. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { note, say } from './demo-say.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const FILES = ['-f', 'examples/limited.yaml', '--store', 'examples/store.yaml'];

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
}

/** Runs the plugin's two commands that ask no cluster. Of the policy it shows a line a statement. */
export async function showOffline(): Promise<void> {
  const { stdout, stderr } = await plugin('check');
  for (const line of (stdout + stderr).trim().split('\n')) say(`  ${line}`);
  const policy: { readonly Statement: readonly Statement[] } = JSON.parse((await plugin('policy')).stdout);
  for (const { Sid, Effect, Action, Resource = [] } of policy.Statement) {
    const what = Action.length > 2 ? `${Action.length} actions, ${Action[0]} first` : Action.join(', ');
    const where = Resource.map((name) => name.replace('arn:aws:s3:::', '')).join(', ');
    say(`  ${Sid.padEnd(16)} ${Effect.padEnd(5)} ${where && `on ${where}: `}${what}`);
  }
}

function plugin(command: string): Promise<{ stdout: string; stderr: string }> {
  note(`kubectl accesskey ${[command, ...FILES].join(' ')}`);
  const program = join(ROOT, 'src', 'cli', 'main.ts');
  return promisify(execFile)(process.execPath, [program, command, ...FILES], { cwd: ROOT });
}
