import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkTree, spanPaths } from './architecture.js'
import { exists, filesBelow, PAGES, read } from './repository.js'

const TOPS = ['assets', 'bench', 'bindings', 'docs', 'lib', 'native', 'scripts', 'test', 'tools'].filter(exists)
const SOURCE = /\.(ts|mts|cts|mjs|cpp|h|cu|c|py|sh|cmake)$/
const sources = [
  ...new Set(
    TOPS.flatMap(filesBelow)
      .filter((path) => SOURCE.test(path))
      .map(dirname),
  ),
]

describe('docs/architecture.md', () => {
  it('names the folders that there are, and no others', () => {
    expect(sources.length).toBeGreaterThan(60)
    expect(checkTree(read('docs/architecture.md'), sources, exists)).toEqual({ gone: [], unnamed: [], unmarked: [] })
  })

  it('the check finds folders that are gone, not named or not marked', () => {
    const text = [
      '```text',
      'lib/    the library',
      '  data/ models/',
      '    old/    gone',
      '```',
      '| family | what | cpu | cpu/FAMILY/isa | bindings |',
      '| als | factors | x | x | |',
    ].join('\n')
    const there = ['lib', 'lib/data', 'lib/models', 'lib/search', 'native/cpu/als', 'bindings/als']
    expect(checkTree(text, ['lib/search', 'lib/data'], (path) => there.includes(path))).toEqual({
      gone: ['lib/models/old', 'native/cpu/als/isa'],
      unnamed: ['lib/search'],
      unmarked: ['bindings/als'],
    })
  })
})

describe('paths in the guides', () => {
  it.each(PAGES)('%s names files and folders that exist', (page) => {
    expect(spanPaths(read(page), TOPS).filter((path) => !exists(path))).toEqual([])
  })

  it('the check finds a path that is gone', () => {
    expect(spanPaths('`lib/gone.ts`, `native/cpu/FAMILY` and `build/cuda`', ['lib', 'native'])).toEqual(['lib/gone.ts'])
  })
})
