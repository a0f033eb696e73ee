import { readFileSync } from 'node:fs'

/** The folder with real data sets and model weights, or undefined: then the tests that need it are skipped. */
export const real = process.env.KINDRED_REAL

if (!real) console.warn('KINDRED_REAL is not set: tests on real data and weights are skipped')

export function lines(path: string): string[] {
  return readFileSync(path, 'utf8').trim().split('\n')
}
