import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { truncatedSvd } from '../../features/reduce/singular-subspace.js'
import type { Csr } from '../../native/addon.js'
import type { AlsSettings } from './als-options.js'
import { weightSize } from './als-parameters.js'

/** Where the sweeps begin. */
export interface AlsStart {
  /** [users, factors] */
  X: Matrix
  /** [items, factors] */
  Y: Matrix
  /** Conjugate gradient steps of the first {@link EARLY_SWEEPS} sweeps. */
  earlySteps: number
}

/** Sweeps which may take other numbers of steps than the rest. */
export const EARLY_SWEEPS = 2
/** The greatest weight over the mean from which weights are uneven: early sweeps take {@link MORE_STEPS} times as many. */
const UNEVEN = 10
const MORE_STEPS = 2

const NUMBERS_AT_ONCE = 1 << 14
const SUBSPACE_ITERATIONS = 2

async function normal(rows: number, cols: number, deviation: number, seed: number, signal?: AbortSignal) {
  const random = createRandom(seed)
  const matrix = new Matrix(rows, cols)
  await new LoopYielder(signal).over(matrix.data.length, NUMBERS_AT_ONCE, (begin, end) => {
    for (let i = begin; i < end; i++) matrix.data[i] = deviation * random.normal()
  })
  return matrix
}

/** The preferences: 1 for a weight above 0, 0 otherwise. */
async function preferences(csr: Csr, signal?: AbortSignal): Promise<Csr> {
  const values = new Float32Array(csr.indices.length)
  await new LoopYielder(signal).over(values.length, NUMBERS_AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) values[n] = csr.values![n]! > 0 ? 1 : 0
  })
  return { ...csr, values }
}

/**
 * Squared length of an item's random code. A user with a single item, whose vectors were nothing but such codes of
 * length 1, is scored a / (a + lambda + w0 items / factors) for that item, where a is the confidence of a mean weight:
 * codes get long where they can tell items apart, and vanish where unobserved pairs outweigh what is observed.
 */
function codeLength({ indices, rows, cols }: Csr, mean: number, settings: AlsSettings): number {
  const { alpha, unobservedWeight, regularization, regularizationExponent, factors } = settings
  const confidence = alpha * mean
  const penalty = regularization * (indices.length / rows + unobservedWeight * cols) ** regularizationExponent
  return confidence === 0 ? 0 : (4 * confidence) / (confidence + penalty + (unobservedWeight * cols) / factors)
}

/**
 * Item factors near where equal confidences would bring them: V S^1/2 of the preferences' truncated SVD U S V', to which
 * every item adds a random code, without which items that the leading directions miss would stay near zero for many
 * sweeps where confidences are high. Users start at zero, since the first half-sweep solves for them. Where weights are
 * uneven, systems are worse conditioned: then the first sweeps take more steps to be worth their time, and items share a
 * part, by which a user can be scored alike for everything, which is what few steps find first. With `initialScale`, normal
 * numbers on both sides instead.
 * @param Cui weights [users, items]
 * @param Ciu its transpose
 */
export async function startFactors(Cui: Csr, Ciu: Csr, settings: AlsSettings, signal?: AbortSignal): Promise<AlsStart> {
  const { factors, initialScale, seed, cgSteps } = settings
  if (initialScale !== null)
    return {
      X: await normal(Cui.rows, factors, initialScale, seed, signal),
      Y: await normal(Cui.cols, factors, initialScale, seed + 1, signal),
      earlySteps: cgSteps,
    }
  const { values, vectors } = await truncatedSvd(
    await preferences(Cui, signal),
    await preferences(Ciu, signal),
    { factors, iterations: SUBSPACE_ITERATIONS, seed },
    { signal },
  )
  const { mean, max } = await weightSize(Cui, signal)
  const deviation = Math.sqrt(codeLength(Cui, mean, settings) / factors)
  const Y = await normal(Cui.cols, factors, deviation, seed + 1, signal)
  const uneven = max > UNEVEN * mean
  const shared = (await normal(1, factors, uneven ? deviation : 0, seed + 2, signal)).data
  const scales = values.map(Math.sqrt)
  await new LoopYielder(signal).over(Y.data.length, NUMBERS_AT_ONCE, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const factor = i % factors
      Y.data[i]! += scales[factor]! * vectors.data[i]! + shared[factor]!
    }
  })
  return { X: new Matrix(Cui.rows, factors), Y, earlySteps: uneven ? MORE_STEPS * cgSteps : cgSteps }
}
