import { backendInfo, Matrix, SimilarityIndex, setThreads } from '../../dist/index.mjs'
import { uniform } from './random.mjs'
import { startRoof } from './roof.mjs'

/** Long enough for a stolen core to show, short beside what it is to watch. */
const PROBE_MS = 5
const ROOF_MS = 50
const KINDS = ['f32', 'bf16', 'int8', 'read']

/**
 * Where there is no compiler: a search of a catalogue that stays in the cache, which is multiply-adds and little else.
 * It tells a halved machine from a whole one, but no roof: it is as fast as the kernel that it runs.
 */
async function startSearchProbe() {
  const [queries, items] = [new Matrix(1024, 128, uniform(1024 * 128, 1)), new Matrix(512, 128, uniform(512 * 128, 2))]
  const index = await SimilarityIndex.build(items, { metric: 'dot' })
  const products = 2 * queries.rows * items.rows * items.cols
  return {
    rate() {
      const start = performance.now()
      index.searchSync(queries, { k: 1 })
      return (1e-6 * products) / (performance.now() - start)
    },
    end: () => index.dispose(),
  }
}

/**
 * The probe that stands beside each pair of timings, and the machine's roofs.
 *
 * It computes in a process of its own, on as many threads as kindred has, and gives the slowest thread's rate times
 * their number: a core that somebody else holds shows at once, whoever measures. It touches no memory, so that it
 * leaves the caches to those it stands beside.
 */
export async function startProbe() {
  const threads = backendInfo().threads.count
  const roof = await startRoof()
  const source = roof.missing ? await startSearchProbe() : roof
  const counts = [...new Set([1, threads])]
  const roofs = new Map()
  let best = 0
  const probe = {
    /** Why there are no roofs, or undefined. */
    missing: roof.missing,
    get best() {
      return best
    },
    /** The machine's rate now, in GFLOP/s. */
    async now() {
      setThreads(threads)
      const rate = await source.rate('f32', threads, PROBE_MS)
      best = Math.max(best, rate)
      return rate
    },
    /** Measures the roofs once more: the best of all that was seen stands. */
    async lookUp() {
      for (let i = 0; i < 5; i++) await probe.now()
      if (roof.missing) return
      for (const kind of KINDS)
        for (const count of counts) {
          const key = `${kind} ${count}`
          const rate = await roof.rate(kind, count, ROOF_MS)
          roofs.set(key, Math.max(roofs.get(key) ?? 0, rate))
        }
    },
    /** The roof of `kind` on `count` threads, in 1e9 operations or bytes a second; undefined where there is none. */
    roof: (kind, count) => roofs.get(`${kind} ${count}`) || undefined,
    /** All roofs, as { 'f32 1': GFLOP/s, ... }. */
    roofs: () => Object.fromEntries(roofs),
    end: () => source.end(),
  }
  await probe.lookUp()
  return probe
}
