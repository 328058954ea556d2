import { StoreError } from '../errors.ts';
import { ignoreNotFound } from '../ignore-not-found.ts';
import type { StoredPolicy } from '../policy.ts';
import type { CallOptions } from '../provider.ts';
import { pageOf, parseManagedPolicy, parsePolicyVersion, parseVersion } from './answers.ts';
import type { IamClient } from './client.ts';
import { checkArn, checkPath, checkPolicyName, checkUserName } from './names.ts';

/** The calls for managed policies, which users share. Only AWS has them. */
export interface ManagedPolicies {
  /** Returns the default version of the policy; undefined if there is no such policy. */
  readManaged(arn: string, options?: CallOptions): Promise<StoredPolicy | undefined>;
  /**
   * Sets the policy's default version to the document, in one step, and creates the policy if there is none.
   * It removes all other versions, of which AWS keeps five.
   */
  writeManaged(arn: string, document: string, options?: CallOptions): Promise<void>;
  /** Removes the policy with its versions. Fails with kind `inUse` while a user has it. */
  removeManaged(arn: string, options?: CallOptions): Promise<void>;
  attachManaged(userName: string, arn: string, options?: CallOptions): Promise<void>;
  detachManaged(userName: string, arn: string, options?: CallOptions): Promise<void>;
}

/** Makes the calls. */
export function createManagedPolicyCalls(client: IamClient): ManagedPolicies {
  async function otherVersions(arn: string, { signal }: CallOptions): Promise<string[]> {
    const parameters = { PolicyArn: checkArn(arn) };
    const call = { action: 'ListPolicyVersions', parameters, purpose: `list the versions of ${arn}`, signal };
    const page = await ignoreNotFound(client.ask(call, pageOf('Versions', parseVersion)));
    return (page?.members ?? []).filter(({ isDefault }) => !isDefault).map(({ id }) => id);
  }

  async function removeVersions(arn: string, versions: readonly string[], { signal }: CallOptions) {
    for (const VersionId of versions) {
      const parameters = { PolicyArn: checkArn(arn), VersionId };
      const purpose = `remove version ${VersionId} of ${arn}`;
      await ignoreNotFound(client.tell({ action: 'DeletePolicyVersion', parameters, purpose, signal }));
    }
  }

  return {
    readManaged: async (arn, { signal } = {}) => {
      const PolicyArn = checkArn(arn);
      const purpose = `read policy ${arn}`;
      const found = { action: 'GetPolicy', parameters: { PolicyArn }, purpose, signal };
      const VersionId = await ignoreNotFound(client.ask(found, parseManagedPolicy));
      if (VersionId === undefined) return undefined;
      const version = { action: 'GetPolicyVersion', parameters: { PolicyArn, VersionId }, purpose, signal };
      return ignoreNotFound(client.ask(version, parsePolicyVersion));
    },

    writeManaged: async (arn, document, options = {}) => {
      const { signal } = options;
      const purpose = `write policy ${arn}`;
      const { path, name } = placeOf(arn);
      try {
        const parameters = { PolicyName: name, Path: path, PolicyDocument: document };
        await client.tell({ action: 'CreatePolicy', parameters, purpose, once: true, signal });
        return;
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'taken') throw error;
      }
      // A process that was killed may have left as many versions as there may be.
      await removeVersions(arn, await otherVersions(arn, options), options);
      const parameters = { PolicyArn: checkArn(arn), PolicyDocument: document, SetAsDefault: 'true' };
      await client.tell({ action: 'CreatePolicyVersion', parameters, purpose, once: true, signal });
      await removeVersions(arn, await otherVersions(arn, options), options);
    },

    removeManaged: async (arn, options = {}) => {
      await removeVersions(arn, await otherVersions(arn, options), options);
      const parameters = { PolicyArn: checkArn(arn) };
      const purpose = `remove policy ${arn}`;
      await ignoreNotFound(
        client.tell({ action: 'DeletePolicy', parameters, purpose, signal: options.signal }),
      );
    },

    attachManaged: async (userName, arn, { signal } = {}) => {
      const parameters = { UserName: checkUserName(userName), PolicyArn: checkArn(arn) };
      const purpose = `attach policy ${arn} to user ${userName}`;
      await client.tell({ action: 'AttachUserPolicy', parameters, purpose, signal });
    },

    detachManaged: async (userName, arn, { signal } = {}) => {
      const parameters = { UserName: checkUserName(userName), PolicyArn: checkArn(arn) };
      const purpose = `detach policy ${arn} from user ${userName}`;
      await ignoreNotFound(client.tell({ action: 'DetachUserPolicy', parameters, purpose, signal }));
    },
  };
}

/** Returns the path and the name in the ARN of a managed policy. */
function placeOf(arn: string): { readonly path: string; readonly name: string } {
  const place = arn.slice(arn.indexOf(':policy/') + ':policy'.length);
  const end = place.lastIndexOf('/') + 1;
  return { path: checkPath(place.slice(0, end)), name: checkPolicyName(place.slice(end)) };
}
