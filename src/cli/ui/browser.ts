import { spawn } from 'node:child_process';

interface Host {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Returns the command that opens a link in a browser; undefined if there is no screen to show one on. */
export function openCommand(
  { platform, env }: Host,
  link: string,
): readonly [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open', link];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', link];
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return undefined;
  return ['xdg-open', link];
}

/** Opens a link. @returns false if nothing could be started */
export function openBrowser(host: Host, link: string): Promise<boolean> {
  const command = openCommand(host, link);
  if (command === undefined) return Promise.resolve(false);
  const [program, ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', detached: true });
    child.on('error', () => resolve(false)).on('spawn', () => resolve(true));
    child.unref();
  });
}
