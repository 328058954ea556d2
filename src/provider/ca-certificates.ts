import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Returns the certificates in a text of PEM, without the rest of it. Returns undefined if one is unreadable.
 */
export function certificatesIn(pem: string): string[] | undefined {
  const certificates = pem.match(CERTIFICATE) ?? [];
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch {
    return undefined;
  }
  return certificates;
}
