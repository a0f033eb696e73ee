import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const root = join(__dirname, '..')
const PLUGIN = 'scripts/builtin-instanceof.grit'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kindred-lint-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** What Biome says about `files` under the repository's own configuration; '' if it accepts them. */
function lint(files: Record<string, string>): Promise<string> {
  const config = { ...JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8')), vcs: { enabled: false } }
  const rules = { 'biome.json': JSON.stringify(config), [PLUGIN]: readFileSync(join(root, PLUGIN), 'utf8') }
  for (const [path, text] of Object.entries({ ...files, ...rules })) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome')
  return new Promise((resolve) => {
    execFile(process.execPath, [biome, 'lint', 'lib'], { cwd: dir }, (error, stdout, stderr) =>
      resolve(error === null ? '' : stdout + stderr),
    )
  })
}

const file = (...imports: string[]) => `${imports.join('\n')}\nexport interface Own {\n  other: unknown\n}\n`

describe('npm run lint', () => {
  it('accepts imports that point down the layers', async () => {
    const files = {
      'lib/cli/main.ts': file("import '../evaluate/run.js'"),
      'lib/evaluate/run.ts': file("import '../models/als/als.js'"),
      'lib/models/als/als.ts': file("import '../../search/find.js'", "import '../../encode/onnx/embed.js'"),
      'lib/search/find.ts': file("import '../data/matrix.js'"),
      'lib/encode/onnx/embed.ts': file("import '../../data/matrix.js'"),
      'lib/data/matrix.ts': file("import '../native/call.js'"),
      'lib/native/call.ts': file(),
    }
    expect(await lint(files)).toBe('')
  })

  it('refuses a circle of imports, of types alone too', async () => {
    const files = {
      'lib/data/a.ts': "import type { B } from './b.js'\nexport interface A {\n  b: B\n}\n",
      'lib/data/b.ts': "import type { A } from './a.js'\nexport interface B {\n  a: A\n}\n",
    }
    expect(await lint(files)).toMatch(/noImportCycles[\s\S]*noImportCycles/)
  })

  it.each([
    ['lib/native/x.ts', '../data/matrix.js'],
    ['lib/data/x.ts', '../encode/index.js'],
    ['lib/data/tables/x.ts', '../../models/als/als.js'],
    ['lib/search/x.ts', '../encode/embedder.js'],
    ['lib/models/als/x.ts', '../../evaluate/evaluate.js'],
    ['lib/evaluate/x.ts', '../cli/main.js'],
    ['lib/data/x.ts', 'kindred/models'],
    ['lib/data/x.ts', '#lib/models/index.js'],
  ])('refuses an import against the layers: from %s of %s', async (path, target) => {
    expect(
      await lint({ [path]: file(`import type { Own } from '${target}'`, 'export type { Own as Other }') }),
    ).toMatch(/noRestrictedImports/)
  })

  it.each([
    'value instanceof Date',
    'value instanceof Float32Array',
    'value instanceof BigInt64Array',
    'value instanceof TypeError',
    'value instanceof AbortSignal',
    '!(value?.data instanceof Uint8ClampedArray)',
    'value.constructor === Object',
    'Object.getPrototypeOf(value) !== Object.prototype',
  ])('refuses a comparison in lib/ that a value of another realm fails: %s', async (condition) => {
    const text = `export const is = (value: object & { data?: object }) => ${condition}\n`
    expect(await lint({ 'lib/data/x.ts': text })).toMatch(/another realm/)
  })

  it('accepts instanceof a class of its own', async () => {
    const text =
      'export class MapError {}\nexport const is = (value: unknown) => value instanceof MapError || Array.isArray(value)\n'
    expect(await lint({ 'lib/data/x.ts': text })).toBe('')
  })
})
