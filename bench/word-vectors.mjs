// Skip-gram training beside the classic loop of word2vec in C (harness/skip-gram.c), on the same numbered text, with the
// same window, negatives, subsampling, learning rate and epochs; only the training is timed on either side, not the reading
// of the text. What each learns is held to the topics that the text was made of: among a word's 10 nearest, how many share
// its topic.

import { trainPrediction } from '../dist/encode/words/prediction.js'
import { Matrix, SimilarityIndex } from '../dist/index.mjs'
import { compete } from './harness/compete.mjs'
import { kindred } from './harness/contestant.mjs'
import { sample } from './harness/neighbors.mjs'
import { startClassic } from './harness/skip-gram.mjs'
import { topicText } from './harness/topic-text.mjs'

export const summary = 'skip-gram training in words per second, beside the classic loop in C'

const TEXT = { topics: 100, sentence: 20, seed: 1 }
const LARGE = { ...TEXT, tokens: 5_000_000, words: 30_000 }
const SMALL = { ...TEXT, topics: 20, tokens: 100_000, words: 2000 }
const OPTIONS = { window: 5, negatives: 5, sample: 1e-3, learningRate: 0.025 }
/** Words that have come often enough for their vectors to have learned something. */
const JUDGED_COUNT = 20

/** Among the 10 nearest of a sample of words, the share of those of the same topic. */
async function topicPrecision(vectors, dims, topicOf, counts) {
  const known = counts.findIndex((count) => count < JUDGED_COUNT)
  const rows = known < 0 ? counts.length : known
  const matrix = new Matrix(rows, dims, vectors.slice(0, rows * dims))
  const index = await SimilarityIndex.build(matrix, { metric: 'cosine' })
  const asked = sample(rows, 500)
  let same = 0
  for (const row of asked) {
    const { indices } = await index.search(matrix.row(row), { k: 11 })
    same += [...indices].filter((other) => other !== row && topicOf[other] === topicOf[row]).length / 10
  }
  return same / asked.length
}

/** kindred's must not be the worse one, but for the tenth that another seed makes. */
function precisionValidator({ topicOf, counts }, dims) {
  let first
  return async ({ name }, vectors) => {
    const precision = await topicPrecision(vectors, dims, topicOf, counts)
    first ??= precision
    if (!(first >= 0.9 * precision))
      throw new Error(`${name} has a precision of ${precision.toFixed(3)}, kindred one of ${first.toFixed(3)}.`)
    return { precision }
  }
}

export async function run({ small, notices, threadCounts, log, ...settings }) {
  const text = topicText(small ? SMALL : LARGE)
  const configurations = threadCounts.map((threads) => ({ threads }))
  const epochs = small ? 5 : 1
  const trained = text.tokens.filter((token) => token >= 0).length * epochs
  const rows = []
  for (const dims of small ? [100] : [100, 300]) {
    const options = { ...OPTIONS, dims, epochs }
    const title = `${dims} dimensions`
    log(title)
    const classic = await startClassic(text.tokens, { words: text.counts.length, ...options })
    if (classic.missing) notices.push(`The classic loop: not here: ${classic.missing}`)
    const rival = {
      name: 'the classic loop in C',
      version: 'skip-gram.c',
      configurations,
      answer: (configuration) => classic.answer(configuration),
      async time(configuration, repeats) {
        let ms = 0
        for (let i = 0; i < repeats; i++) ms += await classic.time(configuration)
        return ms / repeats
      },
    }
    try {
      rows.push(
        ...(await compete({
          name: title,
          ours: kindred({
            configurations,
            run: () =>
              trainPrediction(async () => text.tokens, text.counts, {
                ...options,
                algorithm: 'skip-gram',
                seed: 1,
                negativeExponent: 0.75,
              }),
            read: ({ vectors }) => vectors.data,
          }),
          rivals: classic.missing ? [] : [rival],
          validate: precisionValidator(text, dims),
          amount: { count: trained, unit: 'words' },
          usualRounds: 3,
          ...settings,
        })),
      )
    } finally {
      classic.end?.()
    }
  }
  const told = `A text of ${text.tokens.length} tokens and ${text.counts.length} words (bench/harness/topic-text.mjs), ${epochs} epochs, window 5, 5 negatives, subsampling 0.001.`
  return { tables: [{ text: told, contests: rows }] }
}
