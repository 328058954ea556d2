/**
 * Returns a text from the cluster as one line that a terminal shows and never obeys: control characters, by
 * which it could move the cursor or fake an answer, become spaces.
 */
export function plain(text: string | undefined): string {
  return (text ?? '').replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
