import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inProcess, remote } from './contestant.mjs'
import { readAs } from './raw-file.mjs'

/** Where faiss leaves its own loops for BLAS; its default is tried beside them. */
const THRESHOLDS = [1600, 20]

/**
 * faiss.IndexFlatIP over `items`: (queries, k) => a contestant, whose threads and threshold are for measurement to
 * choose.
 */
export async function faissRival(faiss, folder, items, threadCounts) {
  const catalogue = join(folder, 'catalogue')
  writeFileSync(catalogue, items.data)
  const { rows, cols } = items
  const { threshold } = await faiss.ask('catalogue', { path: catalogue, rows, dims: cols })
  const thresholds = [...new Set([...THRESHOLDS, threshold])]
  const configurations = threadCounts.flatMap((threads) => thresholds.map((one) => ({ threads, threshold: one })))
  return (queries, k) => flatSearch(faiss, folder, configurations, queries, k)
}

async function flatSearch(faiss, folder, configurations, queries, k) {
  const path = join(folder, 'queries')
  writeFileSync(path, queries.data)
  await faiss.ask('queries', { path })
  return remote({
    name: 'faiss',
    version: faiss.versions.faiss,
    configurations,
    ask: faiss.ask,
    request: { k, out: join(folder, 'found') },
    read: ({ out }) => ({
      indices: readAs(Int32Array, `${out}.indices`),
      scores: readAs(Float32Array, `${out}.scores`),
    }),
  })
}

/** Both npm libraries give 1 - the inner product as distance. */
const fromMatches = ({ keys, distances }) => ({
  indices: Int32Array.from(keys, Number),
  scores: Float32Array.from(distances, (distance) => 1 - distance),
})

function usearchRivals({ module, version }, items, threadCounts) {
  const { Index, exactSearch, MetricKind } = module
  const graph = new Index({ dimensions: items.cols, metric: MetricKind.IP })
  graph.add(
    BigUint64Array.from({ length: items.rows }, (_, row) => BigInt(row)),
    items.data,
    Math.max(...threadCounts),
  )
  const configurations = threadCounts.map((threads) => ({ threads }))
  return ({ data, cols }, k) => [
    inProcess({
      name: 'usearch exactSearch',
      version,
      configurations,
      run: ({ threads }) => exactSearch(items.data, data, cols, k, MetricKind.IP, threads),
      read: fromMatches,
    }),
    inProcess({
      name: 'usearch graph',
      version,
      exact: false,
      configurations,
      run: ({ threads }) => graph.search(data, k, threads),
      read: fromMatches,
    }),
  ]
}

function hnswlibRivals({ module, version }, items) {
  const brute = new module.BruteforceSearch('ip', items.cols)
  const graph = new module.HierarchicalNSW('ip', items.cols)
  brute.initIndex(items.rows)
  graph.initIndex(items.rows, 16, 200, 1)
  for (let row = 0; row < items.rows; row++) {
    const vector = [...items.row(row)]
    brute.addPoint(vector, row)
    graph.addPoint(vector, row)
  }
  graph.setEf(64)
  return (queries, k) => {
    const vectors = Array.from({ length: queries.rows }, (_, q) => [...queries.row(q)])
    const rival = (name, index, exact) =>
      inProcess({
        name,
        version,
        exact,
        configurations: [{ threads: 1 }],
        run: () => vectors.map((vector) => index.searchKnn(vector, k)),
        read: (found) => ({
          indices: Int32Array.from(found.flatMap(({ neighbors }) => neighbors)),
          scores: Float32Array.from(found.flatMap(({ distances }) => distances.map((distance) => 1 - distance))),
        }),
      })
    return [rival('hnswlib-node BruteforceSearch', brute, true), rival('hnswlib-node HierarchicalNSW', graph, false)]
  }
}

/** What npm has, as far as it is here: (queries, k) => contestants. */
export function graphAndBruteRivals({ usearch, hnswlib }, items, threadCounts) {
  const makers = [
    ...(usearch.missing ? [] : [usearchRivals(usearch, items, threadCounts)]),
    ...(hnswlib.missing ? [] : [hnswlibRivals(hnswlib, items)]),
  ]
  return (queries, k) => makers.flatMap((make) => make(queries, k))
}
