import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PAGES, read, root } from './repository.js'

interface Shown {
  command: string
  options: string[]
  algorithm: string | undefined
}

/** The kindred commands in the indented blocks of a page, lines that end in a backslash joined. */
function commandsOf(page: string): Shown[] {
  return [...page.replace(/\\\n\s*/g, '').matchAll(/^ {4}(?:npx )?kindred (\w+)(.*)$/gm)].map(([, command, rest]) => ({
    command: command!,
    options: rest!.match(/--[a-z][\w-]*/g) ?? [],
    algorithm: rest!.match(/--algorithm (\S+)/)?.[1],
  }))
}

const help = (command: string): string =>
  execFileSync(process.execPath, [join(root, 'dist', 'cli', 'main.js'), command, '--help'], { encoding: 'utf8' })

describe('kindred commands in the documentation', () => {
  const shown = [...PAGES, 'assets/encoder/MODEL_CARD.md'].flatMap((page) => commandsOf(read(page)))

  it('are found', () => {
    expect(shown.length).toBeGreaterThan(8)
    expect(commandsOf('    npx kindred train --a-b x \\\n        --algorithm als\n\nkindred no --x\n')).toEqual([
      { command: 'train', options: ['--a-b', '--algorithm'], algorithm: 'als' },
    ])
  })

  it.each([...new Set(shown.map(({ command }) => command))])('%s has the options that are shown', (command) => {
    const text = help(command)
    const listed = text.match(/--[a-z][\w-]*/g)
    for (const { options, algorithm } of shown.filter((one) => one.command === command)) {
      expect(options.filter((option) => !listed!.includes(option))).toEqual([])
      if (algorithm !== undefined) expect(text.replace(/\s+/g, ' ')).toContain(`"${algorithm}"`)
    }
  })
})
