/** The needs of the test with real pods, and its message if one is missing. */
import { describe, expect, test } from 'vitest';
import {
  type Machine,
  missingPackages,
  objectionTo,
  objectionToInstall,
} from '../../acceptance/pod/needs.ts';
import { cpuCgroup } from '../../acceptance/pod/priority.ts';

const machine = (more: Partial<Machine> = {}, without: readonly string[] = []): Machine => ({
  platform: 'linux',
  uid: 0,
  cgroupsV1: true,
  namespaces: true,
  has: (program) => !without.includes(program),
  ci: false,
  ...more,
});

describe('objectionTo', () => {
  test.each([
    [
      'another system',
      machine({ platform: 'darwin', uid: 501, cgroupsV1: false }),
      'it needs Linux, and this is darwin',
    ],
    ['no root', machine({ uid: 1000 }), 'it needs root, for namespaces, mounts and cgroups of its own'],
    [
      'cgroups of version 2',
      machine({ cgroupsV1: false }),
      'it needs cgroups of version 1 that it may write, and here are none',
    ],
    [
      'a container',
      machine({ namespaces: false }),
      'it needs the right to make namespaces, which root has not here',
    ],
    ['no Go', machine({}, ['go']), "it needs go, which isn't here"],
    ['all of it, whatever packages it lacks', machine({}, ['runc']), undefined],
  ])('says what the machine lacks: %s', (_, given, sentence) => {
    expect(objectionTo(given)).toBe(sentence);
  });
});

describe('packages that are missing', () => {
  test('are named once each', () => {
    expect(missingPackages(machine())).toEqual([]);
    expect(missingPackages(machine({}, ['containerd', 'ctr', 'runc', '/usr/lib/cni/bridge']))).toEqual([
      'containerd',
      'runc',
      'containernetworking-plugins',
    ]);
  });

  test('are installed only on a CI machine that has apt-get', () => {
    const packages = ['runc', 'buildah'];
    expect(objectionToInstall(packages, machine({ ci: true }))).toBeUndefined();
    expect(objectionToInstall(packages, machine())).toBe(
      "it needs Debian's packages runc, buildah: apt-get install --no-install-recommends runc buildah",
    );
    expect(objectionToInstall(packages, machine({ ci: true }, ['apt-get']))).toBe(
      "it needs Debian's packages runc, buildah, and there is no apt-get",
    );
  });
});

test.each([
  ['3:cpuset:/\n2:cpuacct:/a\n1:cpu:/b/c\n0::/', '/b/c'],
  ['4:cpu,cpuacct:/\n0::/d', '/'],
  ['4:cpuacct,cpu:/x\n', '/x'],
  ['3:cpuset:/\n2:cpuacct:/a\n0::/', undefined],
])('cpuCgroup finds the cgroup of the hierarchy cpu in %j', (text, path) => {
  expect(cpuCgroup(text)).toBe(path);
});
