// Runs one TypeScript file of the project with the Node that its lockfile pins, whichever Node started this.
// Plain JavaScript for any Node from 18 on; installs the dependencies first when the lockfile has changed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.installed-from');
const lock = join(root, '.installing');

try {
  install();
} catch (error) {
  fail(error.message);
}
const node = join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
if (!existsSync(node)) {
  fail(
    `there is no packaged Node for ${process.platform}/${process.arch}: install Node 24.12 or newer and run \`node ${process.argv[2]}\``,
  );
}
const child = spawn(node, process.argv.slice(2), {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${join(modules, '.bin')}:${process.env.PATH ?? ''}` },
});
// A signal to the group reaches the child by itself; one sent to this process alone is passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
// npm that is killed with SIGKILL passes nothing on: what was started ends with what started it.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) child.kill('SIGTERM');
}, 500).unref();
child.on('error', (error) => fail(error.message));
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));

function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const installed = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (installed()) return;
  takeLock(installed);
  try {
    if (installed()) return;
    console.log('installing the npm packages of package-lock.json (about a minute the first time) ...');
    const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: 'inherit',
    });
    if (npm.error)
      throw new Error(`npm could not be started (${npm.error.message}): install npm 10 or newer`);
    if (npm.status !== 0) throw new Error('npm ci failed: see its message above; it needs the npm registry');
    writeFileSync(stamp, wanted);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** One install at a time in one checkout; a lock that its owner left behind (a killed run) is taken over. */
function takeLock(done) {
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (done()) return;
    const pidFile = join(lock, 'pid');
    const owner = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
    const abandoned =
      owner > 0 ? !alive(owner) : existsSync(lock) && Date.now() - statSync(lock).mtimeMs > 10_000;
    if (abandoned) rmSync(lock, { recursive: true, force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function fail(message) {
  console.error(`access-key-operator: ${message}`);
  process.exit(1);
}
