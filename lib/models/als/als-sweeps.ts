import type { Matrix } from '../../data/matrix.js'
import type { Csr } from '../../native/addon.js'
import type { AlsSettings } from './als-options.js'

/** Where sweeps run. */
export interface AlsSweeps {
  /** One sweep over users, then items. */
  sweep(settings: AlsSettings): Promise<void>
  /** Copies the factors back to X and Y. */
  fetch(): Promise<void>
  dispose(): void
}

/** What is swept: X and Y from start to end. */
export interface AlsData {
  /** [users, factors] */
  X: Matrix
  /** [items, factors] */
  Y: Matrix
  /** weights [users, items] */
  Cui: Csr
  /** its transpose [items, users] */
  Ciu: Csr
}
