#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { packageFile } from '../native/package-file.js'
import { COMMANDS, commandIn } from './commands.js'
import { addCommand } from './options.js'
import { EXIT, reportError } from './terminal.js'

async function main(): Promise<number> {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'))
  const program = new Command('kindred')
    .description('Recommendations that read: text and behaviour in, rankings out.')
    .version(version)
    .showHelpAfterError('(add --help for the options)')
    .exitOverride()
  program.addHelpText(
    'after',
    `
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
Environment: KINDRED_THREADS (threads of kernels and encoder), KINDRED_ISA (instruction set).`,
  )
  try {
    const asked = commandIn(process.argv.slice(2))
    for (const [name, { about, load }] of Object.entries(COMMANDS)) {
      const command = addCommand(program, name, about)
      if (name === asked) (await load())(command)
    }
    await program.parseAsync()
    return EXIT.ok
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.code === 'kindred.usage') process.stderr.write(`${error.message}\n(add --help for the options)\n`)
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    }
    return reportError(error, process.argv.includes('--json'))
  }
}

// The reader of a pipe has closed it, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(EXIT.ok)
})

main().then((code) => {
  process.exitCode = code
})
