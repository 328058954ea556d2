import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isConflict, isForbidden, isInvalid } from '../../kube/errors.ts';
import {
  type Change,
  changesNothing,
  disabledChange,
  gitPatch,
  labelChange,
  permissionChange,
  rotation,
} from '../keys/change.ts';
import { getKey } from '../keys/get.ts';
import { gitOpsOwner } from '../keys/owner.ts';
import { patchSpec } from '../keys/write-change.ts';
import { yamlOf } from '../print/objects.ts';
import { CliError, explain } from '../shell/errors.ts';
import { EXIT } from '../shell/exit-codes.ts';
import type { Call } from './call.ts';
import { mostGranted } from './create.ts';
import { findingsOf } from './findings.ts';
import { readChanges } from './forms.ts';
import type { ChangeAnswer, ChangeForm, Finding } from './protocol.ts';

/**
 * Changes a key, or says what would come of it: for a dry run, and for an object that a GitOps tool manages,
 * whose change is a patch for Git.
 * @throws CliError if another object has taken the place of the key that the user saw
 */
export async function change(call: Call): Promise<ChangeAnswer> {
  const { uid, generation, changes, dryRun } = readChanges(call.body);
  const kubernetes = { ...call.kubernetes, namespace: call.namespace };
  const accessKey = await getKey(kubernetes, call.name, call.signal);
  if (accessKey.metadata.uid !== uid)
    throw new CliError(
      EXIT.no,
      'this is another key of the same name',
      'close the dialog and open the key again',
    );
  if (generation !== undefined && accessKey.metadata.generation !== generation) throw changedMeanwhile();
  const merged = mergedChange(accessKey, changes);
  const owner = gitOpsOwner(accessKey.metadata);
  const nothing = changesNothing(accessKey, merged);
  const writes = !nothing && !dryRun && owner === undefined;
  const asked = changes.find((one) => one.kind === 'permissions');
  const [findings, most] = await Promise.all([
    nothing ? [] : written(),
    asked
      ? mostGranted(
          kubernetes,
          { namespace: call.namespace, access: asked.access },
          accessKey.spec.storeRef,
          call.signal,
        )
      : {},
  ]);
  return {
    yaml: yamlOf(gitPatch(accessKey, merged)),
    ...{ findings, most, owner, nothing },
    written: writes && findings.length === 0,
  };

  async function written(): Promise<Finding[]> {
    try {
      await patchSpec(kubernetes, accessKey, merged, { dryRun: !writes, signal: call.signal });
      return [];
    } catch (error) {
      if (isConflict(error)) throw changedMeanwhile();
      if (!isInvalid(error) && !isForbidden(error)) throw error;
      return findingsOf({ ...explain(error), fields: error.causes.map(({ field }) => field) });
    }
  }
}

function changedMeanwhile(): CliError {
  return new CliError(
    EXIT.no,
    'somebody has changed this key meanwhile',
    'close the dialog and open the key again',
  );
}

/** Several changes as one patch. */
function mergedChange(accessKey: AccessKey, forms: readonly ChangeForm[]): Change {
  const changes = forms.map((form) => changeOf(accessKey, form));
  return {
    summary: changes.map(({ summary }) => summary).join(', '),
    spec: Object.assign({}, ...changes.map(({ spec }) => spec)),
  };
}

function changeOf(accessKey: AccessKey, form: ChangeForm): Change {
  switch (form.kind) {
    case 'label':
      return labelChange(form.label);
    case 'permissions':
      return permissionChange(accessKey, form.access, { only: true });
    case 'rotate':
      return rotation(accessKey);
    case 'disable':
      return disabledChange(true);
    case 'enable':
      return disabledChange(false);
  }
}
