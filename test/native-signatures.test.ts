// Each function of the addon stands in bindings/ under a comment that is its TypeScript signature, and in lib/native/functions.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { addon } from '#lib/native/addon.js'

const root = join(__dirname, '..')
const text = (...path: string[]) => readFileSync(join(root, ...path), 'utf8')

/** The parameters' names in the list that begins at the first parenthesis. */
function parametersOf(signature: string): string[] {
  const list: string[] = ['']
  let depth = 0
  for (const char of signature.slice(signature.indexOf('('))) {
    if ('({['.includes(char)) depth++
    if (')}]'.includes(char) && --depth === 0) break
    if (char === ',' && depth === 1) list.push('')
    else if (depth > 1 || char !== '(') list[list.length - 1] += char
  }
  return list.map((parameter) => /^\s*(\w*)/.exec(parameter)![1]!).filter((name) => name !== '')
}

const exported = new Map<string, string>()
for (const file of readdirSync(join(root, 'bindings'), { recursive: true, encoding: 'utf8' }))
  if (file.endsWith('.cpp'))
    for (const [, comment, name] of text('bindings', file).matchAll(/((?:^\/\/.*\n)*)^KINDRED_EXPORT\((\w+)\)/gm))
      exported.set(name!, comment!.replace(/^\/\/ ?/gm, ''))

const declared = new Map<string, string>()
for (const file of readdirSync(join(root, 'lib', 'native', 'functions')))
  for (const [body] of text('lib', 'native', 'functions', file).matchAll(/interface \w+Functions [\s\S]*?\n}/g))
    for (const [method, called] of body.matchAll(/^ {2}(\w+)\([\s\S]*?(?=^ {2}\w|^})/gm)) declared.set(called!, method)

describe('the functions of the addon', () => {
  it('are those that bindings/ and lib/native name', () => {
    const names = Object.keys(addon()).filter((name) => name !== 'AbortFlag')
    expect(names.length).toBeGreaterThan(60)
    expect([...exported.keys()].sort()).toEqual(names.sort())
    expect([...declared.keys()].sort()).toEqual(names)
  })

  it.each([...exported])('%s stands under its signature', (name, comment) => {
    expect(comment).toMatch(new RegExp(`^${name}\\(`))
    expect(parametersOf(comment)).toEqual(parametersOf(declared.get(name)!))
  })
})
