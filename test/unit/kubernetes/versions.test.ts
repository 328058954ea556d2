/** The choice of a version of Kubernetes, and the go.mod that builds it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { candidateVersions, goMod, neededModules, oldestMinor } from '../../kubernetes/versions.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const AVAILABLE = [
  'v1.9.11',
  'v1.31.14',
  'v1.32.2',
  'v1.32.13',
  'v1.34.4',
  'v1.34.10',
  'v1.37.2',
  'v1.38.0-beta.0',
];

describe('candidateVersions', () => {
  test.each([
    ['oldest', ['v1.32.13', 'v1.32.2']],
    ['newest', ['v1.37.2']],
    ['1.34', ['v1.34.10', 'v1.34.4']],
    ['1.34.4', ['v1.34.4']],
  ])('takes for %s %s', (asked, versions) => {
    expect(candidateVersions(asked, AVAILABLE, 32)).toEqual(versions);
  });

  test.each(['1.31', '1.9', '1.33', '1.34.5', '1.38', '1.38.0-beta.0', '1', 'v1.34', '', '1.3'])(
    'refuses %j and says what there is',
    (asked) => {
      const choice = 'choose 1.32, 1.34, 1.37, oldest or newest.';
      expect(() => candidateVersions(asked, AVAILABLE, 32)).toThrow(choice);
    },
  );
});

test('the oldest minor version is the one that the chart installs on', () => {
  expect(oldestMinor(readFileSync(join(ROOT, 'charts/access-key-operator/Chart.yaml'), 'utf8'))).toBe(32);
  expect(() => oldestMinor('name: a\n')).toThrow('names no oldest Kubernetes');
});

/** Kubernetes' own, with a module of its tree that it doesn't need. */
const ORIGINAL = `module k8s.io/kubernetes

go 1.24.0

godebug default=go1.24

require (
	k8s.io/api v0.0.0
	k8s.io/apiserver v0.0.0
	k8s.io/klog/v2 v2.130.1
)

replace (
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/apiserver => ./staging/src/k8s.io/apiserver
	k8s.io/sample => ./staging/src/k8s.io/sample
	example.com/fork => example.com/other v1.0.0
)
`;

test('neededModules are those of its own tree that Kubernetes requires', () => {
  expect(neededModules('v1.34.4', ORIGINAL)).toEqual(['k8s.io/api@v0.34.4', 'k8s.io/apiserver@v0.34.4']);
});

test('goMod takes the modules of Kubernetes’ own tree from the proxy', () => {
  expect(goMod('v1.34.4', ORIGINAL, ['k8s.io/kubernetes/cmd/kube-apiserver'])).toBe(`module bed/kubernetes

go 1.26.0

godebug default=go1.24

tool (
	k8s.io/kubernetes/cmd/kube-apiserver
)

require k8s.io/kubernetes v1.34.4

replace (
	k8s.io/api => k8s.io/api v0.34.4
	k8s.io/apiserver => k8s.io/apiserver v0.34.4
	k8s.io/sample => k8s.io/sample v0.34.4
)
`);
});
