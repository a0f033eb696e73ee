import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { read, root } from './repository.js'

it("the README's first lines run on what ships", () => {
  const [, snippet] = read('README.md').match(/^```ts\n(.*?)^```/ms)!
  const folder = mkdtempSync(join(tmpdir(), 'kindred-readme-'))
  try {
    symlinkSync(join(root, 'assets'), join(folder, 'assets'))
    writeFileSync(
      join(folder, 'first.mjs'),
      snippet!.replace("from 'kindred'", `from '${join(root, 'dist', 'index.mjs')}'`),
    )
    const output = execFileSync(process.execPath, ['first.mjs'], { cwd: folder, encoding: 'utf8' })
    expect(output).toContain('ndcg@10')
    expect(output.match(/item: '/g)!.length).toBeGreaterThanOrEqual(15)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
