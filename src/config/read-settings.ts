import { parseArgs } from 'node:util';
import { SETTINGS, type Setting } from './settings.ts';

/**
 * The variables of a Service in the operator's namespace (kubernetes.io, "Service", environment variables).
 */
const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_[0-9]+_[A-Z0-9_]+)?)$/;

/** Parses the value of a setting. Adds a fault and returns undefined if it is invalid. */
export type Check = <T>(setting: Setting, parse: (value: string) => T | undefined) => T | undefined;

/** The settings of a process as text, and the faults that were found so far, a sentence each. */
interface ReadSettings {
  readonly check: Check;
  readonly faults: string[];
}

/** Reads the settings from flags and environment. A flag overrides the environment. */
export function readSettings(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ReadSettings {
  const faults: string[] = [];
  const values = readFlags(args, faults);
  findUnknownVariables(env, faults);
  return {
    faults,
    check(setting, parse) {
      const given = values[setting.flag];
      const text = typeof given === 'string' ? given : (env[setting.env] ?? setting.default);
      const parsed = parse(text);
      if (parsed === undefined)
        faults.push(
          `--${setting.flag} (${setting.env}) is ${JSON.stringify(text)}; expected: ${setting.help}`,
        );
      return parsed;
    },
  };
}

/** Returns the values of the flags. Adds a fault for each argument that is no flag, or lacks its value. */
function readFlags(args: readonly string[], faults: string[]) {
  const options = Object.fromEntries(
    Object.values(SETTINGS).map(({ flag }) => [flag, { type: 'string' as const }]),
  );
  const { values, tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') faults.push(`${JSON.stringify(token.value)} is not a flag; see --help`);
    if (token.kind === 'option' && !Object.hasOwn(options, token.name))
      faults.push(`there is no flag ${token.rawName}; see --help`);
  }
  for (const [flag, value] of Object.entries(values)) {
    if (value === true && Object.hasOwn(options, flag)) faults.push(`--${flag} lacks its value; see --help`);
  }
  return values;
}

/** Adds a fault for each variable with the operator's prefix that is no setting. */
function findUnknownVariables(env: Readonly<Record<string, string | undefined>>, faults: string[]): void {
  const known = new Set<string>(Object.values(SETTINGS).map((setting) => setting.env));
  for (const name of Object.keys(env)) {
    // Kubernetes adds variables for Services: ACCESSKEYS_WEBHOOK_SERVICE_HOST is no setting.
    if (SERVICE_LINK.test(name)) continue;
    if (name.startsWith('ACCESSKEYS_') && !name.startsWith('ACCESSKEYS_BED_') && !known.has(name)) {
      faults.push(`there is no setting ${name}; see --help`);
    }
  }
}
