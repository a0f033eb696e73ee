// Texts under KINDRED_REAL.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { real } from './real.mjs'

/** The sentences of STS-B, all parts. */
export function sentences() {
  const rows = ['train', 'dev', 'test'].flatMap((part) =>
    readFileSync(join(real, 'data/stsb', `sts-${part}.csv`), 'utf8').split('\n'),
  )
  return rows.map((row) => row.split('\t')).flatMap((fields) => (fields.length < 7 ? [] : fields.slice(5, 7)))
}

/** The plots of MovieLens-1M's films. */
export function plots() {
  const rows = readFileSync(join(real, 'data/ml-1m/items.jsonl'), 'utf8').split('\n').filter(Boolean)
  return rows.map((row) => JSON.parse(row).plot).filter((plot) => typeof plot === 'string' && plot !== '')
}
