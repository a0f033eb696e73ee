import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './repository.js'

/** What the guides use without declaring it. */
const PRELUDE = `
import type * as kindred from 'kindred'
declare global {
  const log: kindred.Interactions
  const train: kindred.Interactions
  const test: kindred.Interactions
  const newInteractions: kindred.Interactions
  const catalogue: kindred.Catalogue
  const features: kindred.Features
  const moreFeatures: kindred.Features
  const model: kindred.AlternatingLeastSquares
  const popularity: kindred.Popularity
  const vectors: kindred.Matrix
  const queries: kindred.Matrix
  const matrix: kindred.Matrix
  const components: kindred.DeviceMatrix
  const tokenStates: kindred.TokenStates
  const mean: Float64Array
  const mask: Uint8Array
  const batch: number
  const tokens: number
  const pooling: kindred.AttentionPooling
  const texts: string[]
  const labels: string[]
  const heldOutTexts: string[]
  const heldOutLabels: string[]
  const testTexts: string[]
  const testLabels: string[]
  const pairs: kindred.TextPair[]
  const scores: number[]
}
`

/**
 * The \`\`\`ts blocks of a page as one module in which every line has the number that it has on the page. A name that a
 * second block imports again is left out there.
 */
export function snippetModule(markdown: string): string {
  const imported = new Set<string>()
  let inside = false
  const kept = markdown.split('\n').map((line) => {
    const fence = line.startsWith('```')
    if (fence) inside = line === '```ts'
    return inside && !fence ? line : ''
  })
  const text = kept.join('\n').replace(/^import \{([^}]*)\} from/gm, (_, names: string) => {
    const first = names.split(',').filter((name) => name.trim() !== '' && !imported.has(name.trim()))
    for (const name of first) imported.add(name.trim())
    return `import {${first.join(',')}${'\n'.repeat(names.split('\n').length - first.join(',').split('\n').length)}} from`
  })
  return `${text}\nexport {}\n`
}

/** What tsc says of the snippets of these pages against the built package, as "PAGE(LINE,COLUMN): error ...". */
export function typeErrors(pages: Readonly<Record<string, string>>): string[] {
  const folder = join(root, 'build', 'docs-snippets')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const files = Object.entries(pages).map(([page, markdown]) => [`${page.replaceAll('/', '.')}.mts`, markdown] as const)
  for (const [file, markdown] of files) writeFileSync(join(folder, file), snippetModule(markdown))
  writeFileSync(join(folder, 'prelude.d.mts'), PRELUDE)
  const compilerOptions = {
    noEmit: true,
    rootDir: '../..',
    declaration: false,
    sourceMap: false,
    noUnusedLocals: false,
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['*.mts'] }),
  )
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  })
  const lines = stdout.split('\n').filter((line) => line !== '')
  return status === 0 || lines.length > 0 ? lines : [`tsc ended with ${status}`]
}
