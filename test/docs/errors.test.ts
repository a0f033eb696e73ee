import { describe, expect, it } from 'vitest'
import { declaredCodes, documentedCodes, thrownCodes } from './error-codes.js'
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

  it('the checks find what is missing', () => {
    expect(declaredCodes("type KindredErrorCode =\n  | 'ERR_A' // a\n  | 'ERR_B'\n\n")).toEqual(['ERR_A', 'ERR_B'])
    const page = '### ERR_A\n\n**Cause.** x\n\n**Remedy.** y\n\n### ERR_B\n\n**Cause.** x\n'
    expect(documentedCodes(page)).toEqual(['ERR_A'])
    expect(thrownCodes("// ERR_A\n'ERR_B'\nnew KindredError(\n  'ERR_C', '')\nthrow Error(\"ERR_D\", x)")).toEqual([
      'ERR_C',
      'ERR_D',
    ])
  })
})
