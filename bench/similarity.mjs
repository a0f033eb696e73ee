// Exact search by inner product: kindred's SimilarityIndex beside faiss.IndexFlatIP on a large catalogue of random
// vectors, and beside what npm has (usearch, hnswlib-node; brute force, and graphs with their recall) on a smaller one.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Matrix, SimilarityIndex } from '../dist/index.mjs'
import { compete } from './harness/compete.mjs'
import { kindred } from './harness/contestant.mjs'
import { neighborsValidator } from './harness/neighbors.mjs'
import { npmRival } from './harness/npm-rivals.mjs'
import { startPython } from './harness/python.mjs'
import { clustered, uniform } from './harness/random.mjs'
import { faissRival, graphAndBruteRivals } from './harness/search-rivals.mjs'

export const summary = 'exact search beside faiss, usearch and hnswlib'

const DIMS = 128
const LARGE = [
  { dtype: 'f32', nq: 1, k: 10 },
  { dtype: 'f32', nq: 16, k: 10 },
  { dtype: 'f32', nq: 64, k: 10 },
  { dtype: 'f32', nq: 256, k: 10 },
  { dtype: 'f32', nq: 1024, k: 10 },
  { dtype: 'f32', nq: 1024, k: 100 },
  { dtype: 'bf16', nq: 1, k: 10 },
  { dtype: 'bf16', nq: 1024, k: 10 },
  { dtype: 'bf16', nq: 1024, k: 100 },
  { dtype: 'int8', nq: 1, k: 10 },
  { dtype: 'int8', nq: 1024, k: 10 },
  { dtype: 'int8', nq: 1024, k: 100 },
]
const SMALL = [
  { dtype: 'f32', nq: 1, k: 10 },
  { dtype: 'f32', nq: 1024, k: 10 },
]
const BYTES = { f32: 4, bf16: 2, int8: 1 }

/** An index of each dtype, one at a time; a dtype that build refuses is told and left out. */
async function buildOr(items, dtype, notices) {
  try {
    return await SimilarityIndex.build(items, { metric: 'dot', dtype })
  } catch (error) {
    if (!['ERR_NOT_SUPPORTED', 'ERR_VALUE'].includes(error.code) || dtype === 'f32') throw error
    notices.push(`${dtype}: skipped, since this version says: ${error.message}`)
    return undefined
  }
}

async function contests(items, queriesOf, wanted, rivalsOf, { modes, threadCounts, notices, log, ...settings }) {
  const rows = []
  for (const dtype of new Set(wanted.map((one) => one.dtype))) {
    const index = await buildOr(items, dtype, notices)
    if (index === undefined) continue
    for (const { nq, k } of wanted.filter((one) => one.dtype === dtype)) {
      const queries = new Matrix(nq, DIMS, queriesOf(nq))
      const name = `${dtype} ${items.rows} x ${DIMS}, nq = ${nq}, k = ${k}`
      log(name)
      const ours = kindred({
        configurations: threadCounts.map((threads) => ({ threads })),
        run: () => index.search(queries, { k }),
      })
      rows.push(
        ...(await compete({
          name,
          ours,
          rivals: await rivalsOf(queries, k),
          validate: neighborsValidator({ items, queries, k }),
          work: { operations: 2 * nq * items.rows * DIMS, bytes: BYTES[dtype] * items.rows * DIMS, kind: dtype },
          modes,
          log,
          ...settings,
        })),
      )
    }
    index.dispose()
  }
  return rows
}

export async function run({ small, python, notices, ...settings }) {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
  const faiss = await startPython(python, 'faiss_flat.py')
  const npm = { usearch: npmRival('usearch'), hnswlib: npmRival('hnswlib-node') }
  for (const [name, { missing }] of Object.entries({ faiss, ...npm }))
    if (missing) notices.push(`${name}: not here: ${missing}`)
  const versions = {
    ...faiss.versions,
    ...(npm.usearch.version && { usearch: npm.usearch.version }),
    ...(npm.hnswlib.version && { 'hnswlib-node': npm.hnswlib.version }),
  }
  const { threadCounts } = settings
  const useFaiss = async (items) => {
    if (faiss.missing) return async () => []
    const rival = await faissRival(faiss, folder, items, threadCounts)
    return async (queries, k) => [await rival(queries, k)]
  }
  const given = { ...settings, notices }
  try {
    const many = small ? 100_000 : 1_000_000
    const large = new Matrix(many, DIMS, uniform(many * DIMS, 1))
    const largeRows = await contests(large, (nq) => uniform(nq * DIMS, 7), LARGE, await useFaiss(large), given)

    const rows = small ? 10_000 : 50_000
    const shape = { centres: rows / 50, directions: 3 }
    const few = new Matrix(rows, DIMS, clustered(rows, DIMS, { ...shape, seed: 4 }))
    const [withFaiss, withNpm] = [await useFaiss(few), graphAndBruteRivals(npm, few, threadCounts)]
    const fewRows = await contests(
      few,
      (nq) => clustered(nq, DIMS, { ...shape, seed: 5 }),
      SMALL,
      async (queries, k) => [...(await withFaiss(queries, k)), ...withNpm(queries, k)],
      given,
    )
    return {
      versions,
      tables: [
        {
          text: `A catalogue of ${large.rows} uniform random vectors; bytes and operations are those of one pass over it.`,
          contests: largeRows,
        },
        {
          text: `A catalogue of ${few.rows} unit vectors around ${shape.centres} directions, which graphs can search; theirs is not exact.`,
          contests: fewRows,
        },
      ],
    }
  } finally {
    if (!faiss.missing) faiss.end()
    rmSync(folder, { recursive: true })
  }
}
