import { readFileSync } from 'node:fs'

/** The folder with real data sets and model weights, or undefined: then the tests that need it are skipped. */
export const real = process.env.KINDRED_REAL

/** The same for tests that train for minutes: they run where KINDRED_TRAININGS is set as well. */
export const trainings = process.env.KINDRED_TRAININGS ? real : undefined

if (!real) console.warn('KINDRED_REAL is not set: tests on real data and weights are skipped')
else if (!trainings) console.warn('KINDRED_TRAININGS is not set: tests on real data that train for minutes are skipped')

export function lines(path: string): string[] {
  return readFileSync(path, 'utf8').trim().split('\n')
}
