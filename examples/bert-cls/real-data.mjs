// Real data below KINDRED_REAL, where it is: SST-2 for two classes, MIT restaurant for seven tags. Parts of them, so that five
// epochs take minutes.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const SIZES = { train: 2400, validation: 400 }

function lines(...path) {
  const file = join(process.env.KINDRED_REAL ?? '', 'data', ...path)
  return process.env.KINDRED_REAL && existsSync(file) ? readFileSync(file, 'utf8').split(/\r?\n/) : undefined
}

/** The first of `rows` to learn from, those behind them to validate. */
const parts = (rows, test) => ({
  train: rows.slice(0, SIZES.train),
  validation: rows.slice(SIZES.train, SIZES.train + SIZES.validation),
  test,
})

/** SST-2 (Socher et al. 2013): good is what its label 1 says. */
export function realClicks() {
  const [train, dev] = ['train.tsv', 'dev.tsv'].map((name) =>
    lines('sst2', name)
      ?.slice(1)
      .filter((line) => line !== '')
      .map((line) => line.split('\t'))
      .map(([text, label]) => ({ text: text.trim(), label: label === '1' ? 'good' : 'bad' })),
  )
  return train && dev && parts(train, dev)
}

const TYPES = ['Cuisine', 'Dish', 'Location']

/** MIT restaurant, three of its eight types of entities. */
export function realNews() {
  const [train, test] = ['train.txt', 'test.txt'].map((name) => {
    const all = lines('mit-restaurant', name)
    if (all === undefined) return undefined
    const sentences = [{ words: [], tags: [] }]
    for (const line of all) {
      const [word, tag] = line.split(/\s+/)
      if (word === '') sentences.push({ words: [], tags: [] })
      else {
        sentences.at(-1).words.push(word)
        sentences.at(-1).tags.push(TYPES.includes(tag.slice(2)) ? tag : 'O')
      }
    }
    return sentences.filter(({ words }) => words.length > 0)
  })
  return train && test && parts(train, test)
}
