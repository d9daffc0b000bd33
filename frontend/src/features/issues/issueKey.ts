/** The key that `text` is, in Jira's upper case; null when it is anything else. */
export function exactKey(text: string): string | null {
  const trimmed = text.trim();
  return /^[a-z][a-z0-9_]*-[1-9]\d*$/i.test(trimmed) ? trimmed.toUpperCase() : null;
}
