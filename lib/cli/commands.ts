import type { Command } from 'commander'
import { JUDGED_SHARE } from './judged-share.js'

/** A command as the list of commands has it; the code that defines its options and what it does is loaded once it is asked for. */
export interface CommandEntry {
  readonly about: string
  load(): Promise<(command: Command) => void>
}

/** The commands by name, in the order of --help. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  quickstart: {
    about: 'Run the whole pipeline on books with simulated readers. Needs no data of yours.',
    load: async () => (await import('./quickstart/command.js')).defineQuickstart,
  },
  profile: {
    about:
      'Tell what is in a table: types, missing values, distributions, correlations; and how it differs from another.',
    load: async () => (await import('./profile.js')).defineProfile,
  },
  distill: {
    about: 'Make a small, fast static encoder from a BERT encoder.',
    load: async () => (await import('./distill.js')).defineDistill,
  },
  embed: {
    about: 'Turn the text or the pictures of items into vectors.',
    load: async () => (await import('./embed.js')).defineEmbed,
  },
  train: {
    about: 'Train a model on a log of interactions.',
    load: async () => (await import('./train.js')).defineTrain,
  },
  evaluate: {
    about: `Evaluate a model, or several side by side, by full ranking. Users whom --split users held out are folded in from a part of their rows and judged on the rest, a random ${JUDGED_SHARE * 100} %.`,
    load: async () => (await import('./evaluate.js')).defineEvaluate,
  },
  recommend: {
    about: 'Print the best items for a user, or write those of all users.',
    load: async () => (await import('./recommend.js')).defineRecommend,
  },
  similar: {
    about: 'Print the items most similar to one.',
    load: async () => (await import('./similar.js')).defineSimilar,
  },
  serve: {
    about: 'Serve the lists of a model over HTTP, and take events.',
    load: async () => (await import('./serve.js')).defineServe,
  },
  tune: {
    about: 'Train a text model on an encoder: BERT fine-tuned.',
    load: async () => (await import('./text/tune.js')).defineTune,
  },
  predict: {
    about: 'Let a text model that kindred tune made read texts.',
    load: async () => (await import('./text/predict.js')).definePredict,
  },
}

/** The command that these arguments name; undefined where none is named. */
export function commandIn(args: readonly string[]): string | undefined {
  const named = args.filter((arg) => !arg.startsWith('-'))
  return named[0] === 'help' ? named[1] : named[0]
}
