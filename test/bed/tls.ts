import { execFile } from 'node:child_process';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Writes a throwaway certificate for 127.0.0.1 and localhost, its own CA, with its key: public.crt and
 * private.key, as MinIO wants them. Node makes keys but no certificates, so this takes the program openssl.
 * @returns the certificate, PEM
 * @throws Error with a sentence to the user without openssl
 */
export async function writeCertificate(folder: string): Promise<string> {
  const certificate = join(folder, 'public.crt');
  const key = join(folder, 'private.key');
  const args = [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=access-key-operator bed', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
    ...['-keyout', key, '-out', certificate],
  ];
  await promisify(execFile)('openssl', args).catch((cause: unknown) => {
    throw new Error('A MinIO with TLS needs the program openssl, to make a certificate: install it', {
      cause,
    });
  });
  await chmod(key, 0o600);
  return readFile(certificate, 'utf8');
}
