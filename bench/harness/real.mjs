import { fileURLToPath } from 'node:url'

/** The folder of real data sets (data/) and weights (models/), which are not part of the repository. */
export const real = process.env.KINDRED_REAL ?? fileURLToPath(new URL('../../../shared', import.meta.url))

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url))
