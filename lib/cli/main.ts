#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { packageFile } from '../native/package-file.js'
import { addDistill } from './distill.js'
import { addEmbed } from './embed.js'
import { addEvaluate } from './evaluate.js'
import { addProfile } from './profile.js'
import { addQuickstart } from './quickstart/command.js'
import { addRecommend } from './recommend.js'
import { addServe } from './serve.js'
import { addSimilar } from './similar.js'
import { EXIT, reportError } from './terminal.js'
import { addPredict } from './text/predict.js'
import { addTune } from './text/tune.js'
import { addTrain } from './train.js'

async function main(): Promise<number> {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'))
  const program = new Command('kindred')
    .description('Recommendations that read: text and behaviour in, rankings out.')
    .version(version)
    .showHelpAfterError('(add --help for the options)')
    .exitOverride()
  for (const add of [
    addQuickstart,
    addProfile,
    addDistill,
    addEmbed,
    addTrain,
    addEvaluate,
    addRecommend,
    addSimilar,
    addServe,
    addTune,
    addPredict,
  ])
    add(program)
  program.addHelpText(
    'after',
    `
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
Environment: KINDRED_THREADS (threads of kernels and encoder), KINDRED_ISA (instruction set).`,
  )
  try {
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
