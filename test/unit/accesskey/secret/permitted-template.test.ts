import { describe, expect, test } from 'vitest';
import { permittedTemplate, secretNameFault } from '../../../../src/accesskey/secret/permitted-template.ts';
import { DEFAULT_ALLOW_LIST, isAllowed, type SecretAllowList } from '../../../../src/api/allow-list.ts';
import { isRefusedDataKey, isRefusedSecretName } from '../../../../src/api/refused-in-secrets.ts';
import type { AccessKey } from '../../../../src/api/schema/accesskey.ts';
import { FORMAT_KEYS, PAIR_KEYS } from '../../../../src/api/secret-keys.ts';
import { accessKeyOf } from '../../support/accesskey-fixtures.ts';
import { DOORS } from '../../support/secret-doors.ts';

type Template = NonNullable<AccessKey['spec']['secretTemplate']>;

const ANY: SecretAllowList = { names: ['*'], labels: ['*'], annotations: ['*'], dataKeys: ['*'] };
const permitted = (secretTemplate: Template, allowed = DEFAULT_ALLOW_LIST) =>
  permittedTemplate(accessKeyOf({ spec: { secretTemplate } }), allowed);

test.each([
  ['team', ['team'], true],
  ['teams', ['team'], false],
  ['team', ['te*'], true],
  ['example.com/team', ['example.com/*'], true],
  ['example.com.evil/team', ['example.com/*'], false],
  ['more.example.com/team', ['example.com/*'], false],
  ['anything', ['*'], true],
  ['anything', [], false],
])('%s is allowed by %j: %s', (name, patterns, may) => {
  expect(isAllowed(name, patterns)).toBe(may);
});

describe('labels and annotations', () => {
  test.each(DOORS)('by which $what acts on a Secret are left out', ({ labels = {}, annotations = {} }) => {
    const found = permitted({ labels, annotations });
    expect(found).toMatchObject({ labels: {}, annotations: {} });
    for (const name of Object.keys({ ...labels, ...annotations }).slice(0, 3)) {
      expect(found.withheld).toContain(JSON.stringify(name));
    }
  });

  test('of the documented uses are written', () => {
    const labels = { 'custom.accesskeys.dev/team': 'shop', 'velero.io/exclude-from-backup': 'true' };
    const annotations = {
      'custom.accesskeys.dev/owner': 'Floor 2',
      'reloader.stakater.com/match': 'true',
      'argocd.argoproj.io/sync-options': 'Prune=false',
    };
    expect(permitted({ labels, annotations })).toMatchObject({ labels, annotations, withheld: undefined });
  });

  test('that the administrator allows are written, but for those that are reserved', () => {
    const labels = { team: 'shop', 'app.kubernetes.io/managed-by': 'Helm', 'accesskeys.dev/x': 'y' };
    expect(permitted({ labels }, ANY)).toMatchObject({
      labels: { team: 'shop' },
      withheld:
        'spec.secretTemplate: no Secret of an AccessKey may have label "app.kubernetes.io/managed-by", "accesskeys.dev/x": remove it',
    });
  });

  test('that Kubernetes would not take are left out', () => {
    const found = permitted({ labels: { team: 'a b', 'a b': 'x' }, annotations: { 'a/b/c': 'x' } }, ANY);
    expect(found).toMatchObject({ labels: {}, annotations: {} });
    expect(found.withheld).toContain('label "team", "a b"');
  });

  test('that are many are counted in one sentence', () => {
    const labels = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, 'x']));
    expect(permitted({ labels }).withheld).toBe(
      `spec.secretTemplate: the operator's administrator does not allow label "a", "b", "c" and 2 more: remove it, or ask them to allow it by --secret-labels`,
    );
  });
});

describe('a data key', () => {
  test.each(
    [
      [
        'LD_PRELOAD',
        'LD_LIBRARY_PATH',
        'DYLD_INSERT_LIBRARIES',
        'GLIBC_TUNABLES',
        'GCONV_PATH',
        'MALLOC_CHECK_',
      ],
      ['BASH_ENV', 'BASHOPTS', 'ENV', 'PATH', 'IFS', 'PS4', 'PROMPT_COMMAND', 'SHELLOPTS', 'HOME', 'EDITOR'],
      [
        'NODE_OPTIONS',
        'NODE_EXTRA_CA_CERTS',
        'npm_config_registry',
        'PYTHONPATH',
        'PYTHONSTARTUP',
        'PIP_INDEX_URL',
      ],
      [
        'PERL5OPT',
        'PERL5LIB',
        'RUBYOPT',
        'PHPRC',
        'LUA_INIT',
        'ERL_FLAGS',
        'JAVA_TOOL_OPTIONS',
        '_JAVA_OPTIONS',
      ],
      [
        'JDK_JAVA_OPTIONS',
        'CLASSPATH',
        'MAVEN_OPTS',
        'GRADLE_OPTS',
        'SPRING_APPLICATION_JSON',
        'DOTNET_STARTUP_HOOKS',
      ],
      [
        'COMPlus_Foo',
        'CORECLR_PROFILER',
        'GODEBUG',
        'GIT_SSH_COMMAND',
        'SSH_ASKPASS',
        'RESTIC_PASSWORD_COMMAND',
      ],
      [
        'HTTP_PROXY',
        'https_proxy',
        'NO_PROXY',
        'ALL_PROXY',
        'SSL_CERT_FILE',
        'SSLKEYLOGFILE',
        'CURL_CA_BUNDLE',
      ],
      [
        'REQUESTS_CA_BUNDLE',
        'OPENSSL_CONF',
        'GOOGLE_APPLICATION_CREDENTIALS',
        'KUBECONFIG',
        'KUBERNETES_SERVICE_HOST',
      ],
      [
        'PAYMENTS_SERVICE_HOST',
        'DOCKER_HOST',
        'VAULT_ADDR',
        'OTEL_EXPORTER_OTLP_ENDPOINT',
        'release',
        'tls.key',
      ],
      [
        'AWS_PROFILE',
        'AWS_CONFIG_FILE',
        'AWS_ENDPOINT_URL',
        'AWS_CA_BUNDLE',
        'AWS_SESSION_TOKEN',
        'AWS_ROLE_ARN',
      ],
      [
        'AWS_CONTAINER_CREDENTIALS_FULL_URI',
        'ACCESSKEYS_HTTP_ADDRESS',
        '.dockerconfigjson',
        'ssh-privatekey',
      ],
      [...PAIR_KEYS, 'a/b', '..data'],
    ].flat(),
  )('%s is left out, whatever the administrator allows', (key) => {
    const found = permitted({ data: { [key]: 'x', S3_URL: 'y' } }, ANY);
    expect(found.data).toEqual({ S3_URL: 'y' });
    expect(found.withheld).toBe(
      `spec.secretTemplate: no Secret of an AccessKey may have data key ${JSON.stringify(key)}: remove it`,
    );
  });

  test.each(
    [
      [
        'S3_URL',
        'S3_BUCKET',
        'CATALOG_URL',
        'RESTIC_REPOSITORY',
        'config.json',
        'BUCKET_NAME',
        'ENVIRONMENT',
      ],
      [
        'AWS_DEFAULT_REGION',
        'AWS_BUCKET',
        'RCLONE_CONFIG_S3_ENDPOINT',
        'LDAP_BUCKET',
        'PATHS',
        'release.json',
      ],
      ['MINIO_ENDPOINT', 'username', 'password', 'values.yaml', 'RELEASE_BUCKET', 'TF_VAR_bucket'],
      Object.values(FORMAT_KEYS).flat(),
    ].flat(),
  )('%s is written', (key) => {
    expect(permitted({ data: { [key]: 'x' } })).toMatchObject({ data: { [key]: 'x' }, withheld: undefined });
    expect(isRefusedDataKey(key)).toBe(false);
  });

  test('that the administrator does not allow is left out', () => {
    const found = permitted({ data: { S3_URL: 'x', OTHER: 'y' } }, { ...ANY, dataKeys: ['S3_*'] });
    expect(found.data).toEqual({ S3_URL: 'x' });
    expect(found.withheld).toContain(
      'data key "OTHER": remove it, or ask them to allow it by --secret-data-keys',
    );
  });
});

describe('the name of a Secret', () => {
  test.each([
    ['sh.helm.release.v1.web.v3', true],
    ['bootstrap-token-abcdef', true],
    ['kubeadm-certs', true],
    ['prod-kubeconfig', true],
    ['argocd-secret', true],
    ['flux-system', true],
    ['photo-uploader', false],
    ['helm', false],
    ['s3.prod', false],
    ['argocd-backup', false],
    ['kubeconfig-backup', false],
  ])('%s is refused: %s', (secretName, refused) => {
    expect(isRefusedSecretName(secretName)).toBe(refused);
    const named = accessKeyOf({ spec: { secretName } });
    const unnamed = accessKeyOf({ metadata: { name: secretName } });
    for (const accessKey of [named, unnamed]) {
      expect(secretNameFault(accessKey, ANY) !== undefined).toBe(refused);
    }
  });

  test('that is refused leaves out the whole template', () => {
    const secretTemplate: Template = { formats: ['cnpg'], data: { S3_URL: 'x' }, labels: { team: 'shop' } };
    const of = accessKeyOf({ spec: { secretName: 'sh.helm.release.v1.web.v3', secretTemplate } });
    expect(permittedTemplate(of, ANY)).toMatchObject({ labels: {}, annotations: {}, formats: [], data: {} });
  });

  test('that the administrator does not allow is refused with the form of those that are', () => {
    const of = accessKeyOf({ spec: { secretName: 'other' } });
    expect(secretNameFault(of, { ...ANY, names: ['s3-*', 'backup'] })).toBe(
      "spec.secretName: the Secret of an AccessKey cannot be called other: choose a name of the form s3-* or backup, or ask the operator's administrator to allow it by --secret-names",
    );
  });
});
