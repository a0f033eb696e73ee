import { expect, it } from 'vitest'
import { PAGES, read } from './repository.js'
import { snippetModule, typeErrors } from './snippets.js'

it('every TypeScript snippet of README and guides compiles against the package', () => {
  const pages = Object.fromEntries(
    PAGES.map((page) => [page, read(page)]).filter(([, text]) => text!.includes('```ts')),
  )
  expect(Object.keys(pages)).toContain('README.md')
  expect(typeErrors(pages)).toEqual([])
})

it('no snippet escapes by being fenced as another language', () => {
  for (const page of PAGES) expect(read(page)).not.toMatch(/^```(js|javascript|typescript|mjs|mts|tsx|ts .*)$/m)
})

it('the check finds a wrong call, on its line', () => {
  const page =
    "# A page\n\n```ts\nimport { Matrix } from 'kindred'\nnew Matrix(2)\n```\n\n```ts\nawait model.recomend(1)\n```\n"
  const errors = typeErrors({ 'wrong.md': page })
  expect(errors).toHaveLength(2)
  expect(errors[0]).toMatch(/^wrong\.md\.mts\(5,/)
  expect(errors[1]).toMatch(/^wrong\.md\.mts\(9,.*recomend/)
})

it('a name that several blocks import is imported once', () => {
  const block = "```ts\nimport {\n  evaluate,\n  Matrix,\n} from 'kindred'\n```\n"
  const lines = snippetModule(`${block}\n${block}`).split('\n')
  expect(lines.slice(1, 5).join('')).toContain('evaluate,  Matrix')
  expect(lines.slice(8, 12).join('')).toBe("import {} from 'kindred'")
  expect(lines).toHaveLength(16)
})
