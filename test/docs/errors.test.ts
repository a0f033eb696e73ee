import { describe, expect, it } from 'vitest'
import { declaredCodes, documentedCodes, documentedWarnings, thrownCodes, warnedCodes } from './error-codes.js'
import { filesBelow, read } from './repository.js'

const declared = declaredCodes(read('lib/native/errors.ts')).sort()
const sources = ['lib', 'native/cpu', 'native/device', 'native/include', 'bindings'].flatMap(filesBelow)

describe('docs/errors.md', () => {
  it('has a cause and a remedy for every code, and no other codes', () => {
    expect(declared.length).toBeGreaterThan(15)
    expect(documentedCodes(read('docs/errors.md')).sort()).toEqual(declared)
  })

  it('every code is thrown somewhere, and no other', () => {
    const thrown = sources.filter((path) => /\.(ts|cpp|h)$/.test(path)).flatMap((path) => thrownCodes(read(path)))
    expect([...new Set(thrown)].sort()).toEqual(declared)
  })

  it('has a cause and a remedy for every warning, and no other warnings', () => {
    const warned = sources.filter((path) => path.endsWith('.ts')).flatMap((path) => warnedCodes(read(path)))
    expect(warned.length).toBeGreaterThan(5)
    expect(documentedWarnings(read('docs/errors.md')).sort()).toEqual([...new Set(warned)].sort())
  })

  it('every warning of lib has a code where the check sees it', () => {
    const calls = sources.filter((path) => path.endsWith('.ts') && read(path).includes('emitWarning('))
    expect(calls.length).toBeGreaterThan(5)
    expect(calls.filter((path) => warnedCodes(read(path)).length === 0)).toEqual([])
  })

  it('the checks find what is missing', () => {
    expect(declaredCodes("type KindredErrorCode =\n  | 'ERR_A' // a\n  | 'ERR_B'\n\n")).toEqual(['ERR_A', 'ERR_B'])
    const page = '### ERR_A\n\n**Cause.** x\n\n**Remedy.** y\n\n### ERR_B\n\n**Cause.** x\n'
    expect(documentedCodes(page)).toEqual(['ERR_A'])
    expect(thrownCodes("// ERR_A\n'ERR_B'\nnew KindredError(\n  'ERR_C', '')\nthrow Error(\"ERR_D\", x)")).toEqual([
      'ERR_C',
      'ERR_D',
    ])
    const table = '| `KINDRED_A` | x | y |\n| `KINDRED_B` | x |\n| `KINDRED_C` | x | |\n'
    expect(documentedWarnings(table)).toEqual(['KINDRED_A'])
    expect(warnedCodes("{ code: 'KINDRED_A' } // KINDRED_B")).toEqual(['KINDRED_A'])
  })
})
