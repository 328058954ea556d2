import { isDeepStrictEqual } from 'node:util';
import { GROUP, VERSION } from '../../api/names.ts';
import type { CustomResourceDefinition } from '../../api/schema/crd.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { about, type Diagnosis } from './finding.ts';

/** A CRD as the cluster has it, with what is compared. */
export interface InstalledCrd extends KubeObject {
  readonly spec: {
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly schema?: { readonly openAPIV3Schema?: object };
    }[];
  };
}

const { ok, warning, problem } = about('CRDs');
const INSTALL =
  "install or upgrade the chart, or kubectl apply --server-side -f crds/ of the operator's version";

/** Compares the CRDs that are installed with those of this plugin's version. */
export function definitionDiagnoses(
  wanted: readonly CustomResourceDefinition[],
  installed: ReadonlyMap<string, InstalledCrd | undefined>,
  pluginVersion: string,
): Diagnosis[] {
  const found = wanted.map(({ metadata: { name }, spec }): Diagnosis | undefined => {
    const crd = installed.get(name);
    if (crd === undefined) return problem(`${name} is not installed`, INSTALL);
    const version = crd.spec.versions.find((one) => one.name === VERSION && one.served);
    if (version === undefined) return problem(`${name} does not serve ${GROUP}/${VERSION}`, INSTALL);
    const schema = spec.versions[0]?.schema.openAPIV3Schema;
    if (isDeepStrictEqual(plainJson(version.schema?.openAPIV3Schema), plainJson(schema))) return undefined;
    return warning(
      `${name} is not that of version ${pluginVersion}, which this plugin is of`,
      "use the plugin of the operator's version, or upgrade the operator: its chart upgrades the CRDs",
    );
  });
  const faults = found.filter((diagnosis) => diagnosis !== undefined);
  return faults.length > 0 ? faults : [ok(`all ${wanted.length} are installed, and of this version`)];
}

/** Without members that are undefined, and in one order of keys. */
function plainJson(value: object | undefined): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
