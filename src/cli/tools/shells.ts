/** Environment variables as each kind of shell or program reads them. */

/** The forms in which `env` prints variables. */
export const ENV_FORMS = ['sh', 'fish', 'powershell', 'dotenv', 'json'] as const;
export type EnvForm = (typeof ENV_FORMS)[number];

/** Returns a line for each variable, with the value quoted so that nothing in it is expanded. */
export function environmentText(variables: Readonly<Record<string, string>>, form: EnvForm): string {
  if (form === 'json') return JSON.stringify(variables, undefined, 2);
  return Object.entries(variables)
    .map(([name, value]) => LINES[form](name, value))
    .join('\n');
}

const LINES: Readonly<Record<Exclude<EnvForm, 'json'>, (name: string, value: string) => string>> = {
  sh: (name, value) => `export ${name}=${shellQuoted(value)}`,
  fish: (name, value) => `set -gx ${name} '${value.replaceAll(/[\\']/g, (mark) => `\\${mark}`)}'`,
  powershell: (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
  dotenv: (name, value) => `${name}=${shellQuoted(value)}`,
};

/** Returns a text in single quotes, where a POSIX shell expands nothing. */
export function shellQuoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
