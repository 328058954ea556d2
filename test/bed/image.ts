/** The command by which the image starts the operator, from its Dockerfile. */
export interface ImageCommand {
  /** Node's own arguments. */
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Reads it off a Dockerfile's last stage. @throws Error where it has no ENTRYPOINT of that kind */
export function imageOf(dockerfile: string): ImageCommand {
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  const entrypoint = /^ENTRYPOINT (\[.*\])$/m.exec(last)?.[1];
  if (entrypoint === undefined) throw new Error('the Dockerfile has no ENTRYPOINT in JSON');
  const command: string[] = JSON.parse(entrypoint);
  const env = /^ENV (.*)$/m.exec(last)?.[1] ?? '';
  const pairs = env.split(' ').map((pair) => [...pair.split('='), ''].slice(0, 2));
  // The PATH of the image is of no use outside of it.
  return {
    execArgv: command.slice(1, -1),
    env: Object.fromEntries(pairs.filter(([name]) => name !== 'PATH')),
  };
}
