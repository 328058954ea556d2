// Runs in a pod that has a key's Secret as its environment (envFrom): requests to the store, as any S3 client makes them.
// node s3.mjs METHOD PATH [BODY] [, METHOD PATH [BODY]]... AWS Signature Version 4, paths of plain letters.
import { createHash, createHmac } from 'node:crypto';

const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL_S3, AWS_REGION } = process.env;
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

async function send(method, path, body = '') {
  const url = new URL(path, AWS_ENDPOINT_URL_S3);
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const digest = sha256(body);
  const headers = { host: url.host, 'x-amz-content-sha256': digest, 'x-amz-date': time };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map((pair) => pair.join(':'));
  const canonical = [method, url.pathname, '', ...lines, '', names, digest].join('\n');
  const scope = [time.slice(0, 8), AWS_REGION, 's3', 'aws4_request'];
  const key = scope.reduce(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${AWS_SECRET_ACCESS_KEY}`,
  );
  const signed = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n');
  const signature = createHmac('sha256', key).update(signed).digest('hex');
  const credential = `${AWS_ACCESS_KEY_ID}/${scope.join('/')}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  const answer = await fetch(url, { method, headers: { ...headers, authorization }, ...(body && { body }) });
  console.log(answer.status, await answer.text());
  if (!answer.ok) process.exitCode = 1;
}

for (const request of process.argv.slice(2).join('\n').split('\n,\n')) await send(...request.split('\n'));
