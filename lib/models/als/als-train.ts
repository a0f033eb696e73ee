import type { Matrix } from '../../data/matrix.js'
import type { Csr } from '../../native/addon.js'
import { onDevice } from '../../native/device.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import type { FitProgress } from '../base/recommend-options.js'
import { deviceSweeps } from './als-device.js'
import type { AlsSettings } from './als-options.js'
import { EARLY_SWEEPS, startFactors } from './als-start.js'
import type { AlsData, AlsSweeps } from './als-sweeps.js'

export interface AlsFactors {
  /** [users, factors] */
  X: Matrix
  /** [items, factors] */
  Y: Matrix
  /** The loss after each sweep; empty unless trackLoss. */
  losses: number[]
}

/** Solves the rows of X with Y fixed, with a penalty toward the rows of `prior` where there is one; X is overwritten. */
export async function halfSweep(
  Cui: Csr,
  Y: Matrix,
  gramOfY: Float64Array,
  X: Matrix,
  settings: AlsSettings,
  signal?: AbortSignal,
  prior: Matrix | null = null,
): Promise<void> {
  await nativeCall(signal, (native, abort) => native.alsHalfSweep(Cui, Y, gramOfY, X, prior, settings, abort))
}

export function gram(matrix: Matrix, signal?: AbortSignal): Promise<Float64Array> {
  return nativeCall(signal, (native, abort) => native.gram(matrix, abort))
}

/**
 * Throws if a factor is not finite: weights times alpha beyond the range of 32-bit floats. Seen in the sums of squares,
 * which are in double and so finite for finite factors.
 */
export async function checkFinite(matrix: Matrix, signal?: AbortSignal): Promise<void> {
  const squares = await gram(matrix, signal)
  for (let i = 0; i < squares.length; i += matrix.cols + 1)
    if (!Number.isFinite(squares[i]))
      throw new KindredError(
        'ERR_VALUE',
        'AlternatingLeastSquares: the factors left the range of 32-bit floats. Lower alpha or the weights, or increase the regularization parameter.',
      )
}

function cpuSweeps({ Cui, Ciu, X, Y }: AlsData, _settings: AlsSettings, signal?: AbortSignal): AlsSweeps {
  return {
    async sweep(settings) {
      await halfSweep(Cui, Y, await gram(Y, signal), X, settings, signal)
      await halfSweep(Ciu, X, await gram(X, signal), Y, settings, signal)
    },
    async fetch() {},
    dispose() {},
  }
}

interface TrainOptions {
  signal?: AbortSignal
  onProgress?: (progress: FitProgress) => void
}

async function train(
  Cui: Csr,
  Ciu: Csr,
  settings: AlsSettings,
  options: TrainOptions,
  createSweeps: (data: AlsData, settings: AlsSettings, signal?: AbortSignal) => Promise<AlsSweeps> | AlsSweeps,
): Promise<AlsFactors> {
  const { signal } = options
  const { X, Y, earlySteps } = await startFactors(Cui, Ciu, settings, signal)
  const losses: number[] = []
  const total = settings.iterations
  const sweeps = await createSweeps({ Cui, Ciu, X, Y }, settings, signal)
  try {
    for (let done = 1; done <= total; done++) {
      await sweeps.sweep(done <= EARLY_SWEEPS ? { ...settings, cgSteps: earlySteps } : settings)
      if (settings.trackLoss) {
        await sweeps.fetch()
        losses.push(await nativeCall(signal, (native, abort) => native.alsLoss(Cui, X, Y, settings, abort)))
      }
      options.onProgress?.({ done, total, loss: losses.at(-1) })
      if (settings.tolerance !== null && losses.length > 1) {
        const [before, now] = losses.slice(-2) as [number, number]
        if (before - now < settings.tolerance * Math.abs(before)) break
      }
    }
    await sweeps.fetch()
  } finally {
    sweeps.dispose()
  }
  await checkFinite(X, signal)
  await checkFinite(Y, signal)
  return { X, Y, losses }
}

/**
 * Alternates half-sweeps (Hu, Koren, Volinsky 2008, section 4), where `settings.device` says. Progress begins anew if the
 * GPU fails midway and 'auto' goes on from the start on the CPU.
 * @param Cui weights [users, items]
 * @param Ciu its transpose [items, users]
 */
export function trainAls(Cui: Csr, Ciu: Csr, settings: AlsSettings, options: TrainOptions): Promise<AlsFactors> {
  return onDevice(
    settings.device,
    options.signal,
    () => train(Cui, Ciu, settings, options, deviceSweeps),
    () => train(Cui, Ciu, settings, options, cpuSweeps),
  )
}
