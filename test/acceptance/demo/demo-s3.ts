import { Client, S3Error } from 'minio';
import type { Pair } from '../../../src/provider/provider.ts';
import type { Bed } from '../../bed/bed.ts';
import { say } from './demo-say.ts';

/** The calls that the demo makes, each read to its end. */
export interface DemoS3 {
  putObject(bucket: string, name: string, content: string): Promise<void>;
  getObject(bucket: string, name: string): Promise<string>;
  listBuckets(): Promise<{ name: string }[]>;
  makeBucket(bucket: string): Promise<void>;
}

/** A client of the store's root user, who prepares the buckets. */
export function s3OfRoot({ endpoint, root }: { readonly endpoint: string; readonly root: Pair }): DemoS3 {
  return s3Client(endpoint, 'us-east-1', root.accessKeyId, root.secretAccessKey);
}

/** A client configured by what the AccessKey's Secret says, as an application's environment would be. */
export async function s3OfSecret(
  { api }: Bed,
  { metadata }: { metadata: { namespace: string; name: string } },
): Promise<DemoS3> {
  const secret = await api.get({ apiVersion: 'v1', kind: 'Secret', metadata });
  const value = (key: string) => Buffer.from(secret?.data?.[key] ?? '', 'base64').toString();
  return s3Client(
    value('AWS_ENDPOINT_URL_S3'),
    value('AWS_REGION'),
    value('AWS_ACCESS_KEY_ID'),
    value('AWS_SECRET_ACCESS_KEY'),
  );
}

/** Tries a call, prints the result, and throws if it isn't the expected one. */
export async function attempt(
  what: string,
  expected: 'passes' | 'is refused',
  call: () => Promise<unknown>,
): Promise<void> {
  let outcome = 'passes';
  let code = '';
  try {
    await call();
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    outcome = 'is refused';
    code = ` (${error.code})`;
  }
  say(`  ${outcome === expected ? '✓' : '✗'} ${what}: ${outcome}${code}`);
  if (outcome !== expected) throw new Error(`${what}: ${outcome}${code}, but it ${expected}`);
}

function s3Client(endpoint: string, region: string, accessKey: string, secretKey: string): DemoS3 {
  const { hostname, port, protocol } = new URL(endpoint);
  const useSSL = protocol === 'https:';
  const client = new Client({ endPoint: hostname, port: Number(port), useSSL, region, accessKey, secretKey });
  return {
    putObject: async (bucket, name, content) => void (await client.putObject(bucket, name, content)),
    getObject: async (bucket, name) => {
      let text = '';
      for await (const chunk of await client.getObject(bucket, name)) text += String(chunk);
      return text;
    },
    listBuckets: () => client.listBuckets(),
    makeBucket: (bucket) => client.makeBucket(bucket, region),
  };
}
