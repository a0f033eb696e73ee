/** The members of the union type in lib/native/errors.ts. */
export function declaredCodes(source: string): string[] {
  const union = source.match(/type KindredErrorCode =\n((?: {2}\|.*\n)+)/)![1]!
  return [...union.matchAll(/^ {2}\| '(\w+)'/gm)].map(([, code]) => code!)
}

/** The codes that have a section on the page, each with a cause and a remedy. */
export function documentedCodes(page: string): string[] {
  return page
    .split(/^### /m)
    .slice(1)
    .filter((section) => /^\*\*Cause\.\*\* \S/m.test(section) && /^\*\*Remedy\.\*\* \S/m.test(section))
    .map((section) => section.match(/^\w+/)![0])
}

/** The codes of the table of warnings, each with a cause and a remedy. */
export function documentedWarnings(page: string): string[] {
  return [...page.matchAll(/^\| `(KINDRED_\w+)` \| *[^|\s][^|]*\| *[^|\s][^|]*\|$/gm)].map(([, code]) => code!)
}

/** Where TypeScript gives a warning its code: `code: 'KINDRED_...'`. */
export function warnedCodes(source: string): string[] {
  return [...source.matchAll(/\bcode:\s*'(KINDRED_\w+)'/g)].map(([, code]) => code!)
}

/** Where TypeScript or C++ makes an error: `new KindredError('CODE'`, `Error("CODE"`, `WithCode(env, "CODE"`. */
export function thrownCodes(source: string): string[] {
  return [...source.matchAll(/(?:\bKindredError\(|\bError\(|\bWithCode\(env,)\s*['"](ERR_\w+)['"]/g)].map(
    ([, code]) => code!,
  )
}
