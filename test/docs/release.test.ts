import { expect, it } from 'vitest'
import { read } from './repository.js'

const manifest = JSON.parse(read('package.json'))

it("CI runs the README's commands", () => {
  const workflow = read('.github/workflows/ci.yml')
  for (const command of ['npm ci', 'npm test', 'npm run docs']) expect(workflow).toContain(`- run: ${command}\n`)
  expect(read('README.md')).toMatch(/^ {4}npm test$/m)
  expect(read('README.md')).toMatch(/^ {4}npm ci && npm run quickstart$/m)
})

it('every npm script that the documentation names exists', () => {
  const pages = ['README.md', 'CONTRIBUTING.md', 'docs/deploying.md', 'docs/gpu.md', 'docs/architecture.md'].map(read)
  const named = pages.flatMap((page) => [...page.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script))
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((script) => !(script! in manifest.scripts))).toEqual([])
})

it('the changelog has what is not released, then the version of package.json', () => {
  const versions = [...read('CHANGELOG.md').matchAll(/^## (\S+)/gm)].map(([, version]) => version)
  expect(versions.slice(0, 2)).toEqual(['Unreleased', manifest.version])
  expect(manifest.files).toContain('CHANGELOG.md')
})
