// What messages say of ranges, as a reader would.
import { Adwin, EASE, Lasso } from 'kindred'
import { expect, it } from 'vitest'
import { checkInteger, checkNumber } from '#lib/native/argument-checks.js'

const said = (range: object) => {
  try {
    checkNumber('x', Number.NaN, range)
  } catch (error) {
    return (error as Error).message
  }
  return undefined
}

it.each([
  [{}, 'x: expected a finite number but received NaN.'],
  [{ min: 0 }, 'x: expected a finite number of at least 0 but received NaN.'],
  [{ max: 5 }, 'x: expected a finite number of at most 5 but received NaN.'],
  [{ min: 0, max: 0.5 }, 'x: expected a finite number from 0 to 0.5 but received NaN.'],
  [{ min: Number.MIN_VALUE }, 'x: expected a finite number above 0 but received NaN.'],
  [{ min: Number.MIN_VALUE, max: 1 }, 'x: expected a finite number above 0 and at most 1 but received NaN.'],
  [{ min: Number.MIN_VALUE, max: 1 - 2 ** -52 }, 'x: expected a finite number above 0 and below 1 but received NaN.'],
  [{ min: 0, max: 1 - 2 ** -20 }, 'x: expected a finite number of at least 0 and below 1 but received NaN.'],
  [{ max: 1 - 2 ** -20 }, 'x: expected a finite number below 1 but received NaN.'],
])('bounds %o', (range, message) => {
  expect(said(range)).toBe(message)
})

it('public calls say them', () => {
  expect(() => new EASE({ regularization: 0 })).toThrow(
    'regularization: expected a finite number above 0 but received 0.',
  )
  expect(() => new Lasso({ alpha: 0 })).toThrow(/^alpha: expected a finite number above 0/)
  expect(() => new Adwin({ delta: 2 })).toThrow(/^delta: expected a finite number above 0 and below 1/)
  expect(() => checkInteger('k', 0, { min: 1 })).toThrow('k: expected an integer of at least 1 but received 0.')
})
