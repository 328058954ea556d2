/** The forms of a secret in a text: plain, and in base64 at any offset of what was encoded. */
export function spellings(secret: string): string[] {
  const encoded = [0, 1, 2].map((offset) => {
    const base64 = Buffer.from(`${'.'.repeat(offset)}${secret}`).toString('base64');
    // Only what depends on the secret alone.
    return base64.slice(offset === 0 ? 0 : offset + 1, -4);
  });
  const urlSafe = encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [...new Set([secret, ...encoded, ...urlSafe])];
}
