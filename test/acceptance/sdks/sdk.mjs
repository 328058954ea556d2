/** AWS SDK for JavaScript v3: writes an object and reads it, with path-style addresses if PATH_STYLE is set. */
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const [Bucket, Key] = process.argv.slice(2);
const s3 = process.env.PATH_STYLE ? new S3Client({ forcePathStyle: true }) : new S3Client({});
await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));
const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
console.log(await Body.transformToString());
