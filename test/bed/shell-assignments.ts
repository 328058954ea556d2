/** NAME=VALUE lines that a POSIX shell reads; a value is quoted if the shell would expand or split it. */
export function shellAssignments(values: Readonly<Record<string, string>>): string {
  const quoted = (value: string) =>
    /^[\w./:@%+=,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quoted(value)}\n`)
    .join('');
}
