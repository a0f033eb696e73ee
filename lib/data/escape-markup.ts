const MARKUP: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/**
 * Any text as HTML and XML hold it, also between double quotes. Control characters, which XML cannot hold, become spaces,
 * halves of surrogate pairs U+FFFD.
 */
export function escapeMarkup(text: string): string {
  return Buffer.from(text)
    .toString()
    .replace(/[\p{Cc}\ufffe\uffff]/gu, ' ')
    .replace(/[&<>"]/g, (character) => MARKUP[character]!)
}
