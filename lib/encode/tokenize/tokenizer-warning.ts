/**
 * Warns, with the code `KINDRED_TOKENIZER`, of a tokenizer whose ids may differ from those of the reference implementation.
 * @param path of its tokenizer.json
 * @param differences what it has that may differ; empty for none, which warns of nothing
 */
export function warnOfTokenizer(path: string, differences: readonly string[]): void {
  if (differences.length === 0) return
  process.emitWarning(
    `${path}: for some texts its ids, and so their vectors, may differ from those of the reference implementation, for it has ${differences.join(', ')}.`,
    { type: 'KindredWarning', code: 'KINDRED_TOKENIZER' },
  )
}
