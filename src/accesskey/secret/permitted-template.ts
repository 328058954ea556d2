import { isAllowed, type Patterns, type SecretAllowList } from '../../api/allow-list.ts';
import { isRefusedDataKey, isRefusedSecretName, isReservedName } from '../../api/refused-in-secrets.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isDataKey, isQualifiedName, LABEL_VALUE, PAIR_KEYS } from '../../api/secret-keys.ts';
import { secretNameOf } from './facts.ts';

type Texts = Readonly<Record<string, string>>;
type Formats = NonNullable<NonNullable<AccessKey['spec']['secretTemplate']>['formats']>;

/** The part of spec.secretTemplate that the operator may write into a Secret. */
export interface PermittedTemplate {
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly formats: Formats;
  readonly caFile: string | undefined;
  readonly data: Texts;
  /** The reason why the operator leaves out the rest, with the remedy; undefined if it leaves out nothing. */
  readonly withheld: string | undefined;
}

/** The maximum number of labels, annotations or keys that a sentence names. It counts the others. */
const MAX_NAMED = 3;

/**
 * Returns what an AccessKey may write beside its pair. It leaves out the whole template if the Secret's name
 * isn't allowed, because other software would trust what such a Secret holds.
 */
export function permittedTemplate(accessKey: AccessKey, allowed: SecretAllowList): PermittedTemplate {
  const nameFault = secretNameFault(accessKey, allowed);
  if (nameFault !== undefined) {
    return { labels: {}, annotations: {}, formats: [], caFile: undefined, data: {}, withheld: nameFault };
  }
  const {
    labels = {},
    annotations = {},
    formats = [],
    caFile,
    data = {},
  } = accessKey.spec.secretTemplate ?? {};
  const faults = {
    label: (name: string, value: string) =>
      faultOf(name, allowed.labels, isMetadataName(name) && LABEL_VALUE.test(value)),
    annotation: (name: string) => faultOf(name, allowed.annotations, isMetadataName(name)),
    key: (name: string) => faultOf(name, allowed.dataKeys, isOwnDataKey(name)),
  };
  const sentences = [
    ...sentencesOf('label', '--secret-labels', labels, faults.label),
    ...sentencesOf('annotation', '--secret-annotations', annotations, faults.annotation),
    ...sentencesOf('data key', '--secret-data-keys', data, faults.key),
  ];
  return {
    labels: without(labels, faults.label),
    annotations: without(annotations, faults.annotation),
    formats,
    caFile,
    data: without(data, faults.key),
    withheld: sentences.length > 0 ? `spec.secretTemplate: ${sentences.join('; ')}` : undefined,
  };
}

/** Returns why the Secret may not have the name that the AccessKey asks for; undefined if it may. */
export function secretNameFault(accessKey: AccessKey, { names }: SecretAllowList): string | undefined {
  const name = secretNameOf(accessKey);
  const subject = `spec.secretName: the Secret of an AccessKey cannot be called ${name}`;
  if (isRefusedSecretName(name)) {
    return `${subject}, because other software trusts a Secret with this name: choose another secretName`;
  }
  if (isAllowed(name, names)) return undefined;
  return `${subject}: choose a name of the form ${names.join(' or ')}, or ask the operator's administrator to allow it by --secret-names`;
}

/**
 * The reason why the operator leaves out a name: it may `never` be written, or the administrator has
 * `notAllowed` it.
 */
type Fault = 'never' | 'notAllowed';
type FaultOf = (name: string, value: string) => Fault | undefined;

function faultOf(name: string, patterns: Patterns, isPossible: boolean): Fault | undefined {
  if (!isPossible) return 'never';
  return isAllowed(name, patterns) ? undefined : 'notAllowed';
}

function isMetadataName(name: string): boolean {
  return isQualifiedName(name) && !isReservedName(name);
}

function isOwnDataKey(key: string): boolean {
  return isDataKey(key) && !PAIR_KEYS.some((taken) => taken === key) && !isRefusedDataKey(key);
}

function without(texts: Texts, fault: FaultOf): Texts {
  return Object.fromEntries(
    Object.entries(texts).filter(([name, value]) => fault(name, value) === undefined),
  );
}

function sentencesOf(what: string, flag: string, texts: Texts, fault: FaultOf): string[] {
  const named = (kind: Fault) =>
    Object.entries(texts)
      .filter(([name, value]) => fault(name, value) === kind)
      .map(([name]) => name);
  const never = named('never');
  const notAllowed = named('notAllowed');
  return [
    ...(never.length > 0 ? [`no Secret of an AccessKey may have ${what} ${listed(never)}: remove it`] : []),
    ...(notAllowed.length > 0
      ? [
          `the operator's administrator does not allow ${what} ${listed(notAllowed)}: remove it, or ask them to allow it by ${flag}`,
        ]
      : []),
  ];
}

function listed(names: readonly string[]): string {
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '';
  return `${names
    .slice(0, MAX_NAMED)
    .map((name) => JSON.stringify(name))
    .join(', ')}${more}`;
}
