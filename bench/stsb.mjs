// Spearman correlation of cosine similarities with people's judgement on STS-B (Cer et al. 2017), development and test
// part. Arguments: encoder folders; by default the encoder that ships, and all-MiniLM-L6-v2, its teacher, where it is.
// The data: stsb/ under $KINDRED_REAL/data, tab-separated, quotes literal.
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { loadEmbedder } from '../dist/index.mjs'
import { real, root } from './harness/real.mjs'
import { spearman } from './harness/spearman.mjs'

export const summary = 'encoders beside people: similarity of sentences, STS-B'

function readPart(part) {
  const path = join(real, 'data/stsb', `sts-${part}.csv`)
  const rows = readFileSync(path, 'utf8').split('\n').filter(Boolean)
  return rows.map((row) => row.split('\t'))
}

async function judge(folder) {
  const encoder = await loadEmbedder(folder)
  const result = { encoder: folder, dims: encoder.dims }
  for (const part of ['dev', 'test']) {
    const rows = readPart(part)
    const { vectors } = await encoder.embed(
      rows.flatMap((row) => [row[5], row[6]]),
      { normalize: true },
    )
    const cosine = rows.map((_, i) => {
      const [a, b] = [vectors.row(2 * i), vectors.row(2 * i + 1)]
      return a.reduce((sum, x, d) => sum + x * b[d], 0)
    })
    const people = rows.map((row) => Number(row[4]))
    result[part] = Number(spearman(cosine, people).toFixed(4))
  }
  encoder.dispose()
  return result
}

export async function run({ arguments: folders }) {
  const teacher = join(real, 'models/all-MiniLM-L6-v2')
  const given = folders.length > 0 ? folders : [join(root, 'assets/encoder'), ...(existsSync(teacher) ? [teacher] : [])]
  const data = []
  for (const folder of given) data.push(await judge(folder))
  const rows = data.map(({ encoder, dims, dev, test }) => [basename(encoder), dims, dev, test])
  return { data, tables: [{ columns: ['encoder', 'dims', 'dev', 'test'], rows }] }
}
