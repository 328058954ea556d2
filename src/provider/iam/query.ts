import type { Service } from './signing.ts';

/** The versions of the two APIs, which never change. */
const VERSIONS: Readonly<Record<Service, string>> = { iam: '2010-05-08', sts: '2011-06-15' };

/** The parameters of an action. */
export type Parameters = Readonly<Record<string, string>>;

/** Returns the form of an action, by AWS's query protocol. */
export function formOf(service: Service, action: string, parameters: Parameters): string {
  return new URLSearchParams({ Action: action, Version: VERSIONS[service], ...parameters }).toString();
}
