import { selectRows } from '../../data/csr.js'
import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import type { JobBatch } from '../../nn/train/fit-network.js'
import { transposed } from '../base/positive-rows.js'
import { historyInputs, type MultVaeSizes } from './mult-vae-network.js'

/** Rows of unit length, in place of ones. */
export function unitHistories(rows: Csr): Csr {
  const values = new Float32Array(rows.indices.length)
  for (let row = 0; row < rows.rows; row++) {
    const [begin, end] = [rows.indptr[row]!, rows.indptr[row + 1]!]
    values.fill(1 / Math.sqrt(end - begin), begin, end)
  }
  return { ...rows, values }
}

/** Entries fall away with the probability `rate`, the others grow to make up for it. */
function dropped(rows: Csr, rate: number, next: () => number): Csr {
  if (rate === 0) return rows
  const indptr = new Int32Array(rows.rows + 1)
  const [indices, values] = [new Int32Array(rows.indices.length), new Float32Array(rows.indices.length)]
  let size = 0
  for (let row = 0; row < rows.rows; row++) {
    for (let n = rows.indptr[row]!; n < rows.indptr[row + 1]!; n++) {
      if (next() < rate) continue
      indices[size] = rows.indices[n]!
      values[size++] = rows.values![n]! / (1 - rate)
    }
    indptr[row + 1] = size
  }
  return { ...rows, indptr, indices: indices.subarray(0, size), values: values.subarray(0, size) }
}

/**
 * A batch of users for {@link multVaeLoss}.
 * @param histories of all users, of ones [users, items]
 * @param chosen rows of those of the batch
 * @param beta of this step
 * @param seed of this step: draws the dropout of the input and the noise
 */
export async function historyBatch(
  histories: Csr,
  chosen: Int32Array,
  { items, latent }: MultVaeSizes,
  { dropout, beta, seed }: { dropout: number; beta: number; seed: number },
  signal: AbortSignal | undefined,
): Promise<JobBatch> {
  const random = createRandom(seed)
  const yielder = new LoopYielder(signal)
  const own = selectRows(histories, chosen)
  const input = dropped(unitHistories(own), dropout, () => random.next())
  await yielder.yieldToLoop()
  const byItem = transposed(input)
  const noise = new Float32Array(chosen.length * latent)
  await yielder.over(noise.length, 1 << 13, (begin, end) => {
    for (let i = begin; i < end; i++) noise[i] = random.normal()
  })
  const places = new Int32Array(own.indices.length)
  for (let row = 0; row < own.rows; row++)
    for (let n = own.indptr[row]!; n < own.indptr[row + 1]!; n++) places[n] = row * items + own.indices[n]!
  return {
    inputs: {
      ...historyInputs(input, byItem),
      noise,
      places,
      beta: Float32Array.of(beta),
      share: Float32Array.of(1 / chosen.length),
    },
    sizes: {
      users: chosen.length,
      entries: input.indices.length,
      cells: chosen.length * items,
      wanted: places.length,
    },
  }
}
