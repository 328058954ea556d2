// Runs in a pod that has a key's Secret as its environment (envFrom): reads one object, as any S3 client would.
// AWS Signature Version 4, for a GET without a body; BUCKET and OBJECT say what is read.
import { createHash, createHmac } from 'node:crypto';

const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL_S3, AWS_REGION, BUCKET, OBJECT } =
  process.env;
const url = new URL(`/${BUCKET}/${OBJECT}`, AWS_ENDPOINT_URL_S3);
const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
const empty = createHash('sha256').digest('hex');
const headers = { host: url.host, 'x-amz-content-sha256': empty, 'x-amz-date': time };
const names = Object.keys(headers).join(';');
const canonical = [
  'GET',
  url.pathname,
  '',
  ...Object.entries(headers).map((pair) => pair.join(':')),
  '',
  names,
  empty,
];
const scope = [time.slice(0, 8), AWS_REGION, 's3', 'aws4_request'];
const digest = createHash('sha256').update(canonical.join('\n')).digest('hex');
const key = scope.reduce(
  (secret, part) => createHmac('sha256', secret).update(part).digest(),
  `AWS4${AWS_SECRET_ACCESS_KEY}`,
);
const signature = createHmac('sha256', key)
  .update(['AWS4-HMAC-SHA256', time, scope.join('/'), digest].join('\n'))
  .digest('hex');
const credential = `${AWS_ACCESS_KEY_ID}/${scope.join('/')}`;
const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
const answer = await fetch(url, { headers: { ...headers, authorization } });
console.log(answer.status, await answer.text());
process.exitCode = answer.ok ? 0 : 1;
