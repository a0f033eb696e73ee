import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CYCLIC_PARTS, putCyclicParts } from '#lib/features/fields/cyclic-parts.js'
import { distanceKm, geohash, putOnSphere } from '#lib/features/fields/place.js'
import { TimeZone } from '#lib/features/fields/time-zone.js'

describe('time zones', () => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Apia',
    'Africa/Casablanca',
  ]
  it.each(zones)('%s: the clocks are those of Intl, at any time', (name) => {
    const zone = new TimeZone(name)
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short', timeStyle: 'medium' })
    const times = fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2100, 0) })
    fc.assert(
      fc.property(times, (ms) => {
        const local = new Date(ms + zone.offsetAt(ms)).toISOString().slice(0, 19).replace('T', ' ')
        expect(local).toBe(format.format(ms))
      }),
      { numRuns: 300 },
    )
  })
})

describe('parts of a time', () => {
  it('are those of Date, over leap years and before 1970', () => {
    const zone = new TimeZone('UTC')
    const out = new Float32Array(2 * CYCLIC_PARTS.length)
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1600-01-01'), max: new Date('2600-01-01'), noInvalidDate: true }),
        (date) => {
          expect(putCyclicParts(date.getTime(), zone, CYCLIC_PARTS, out, 0)).toBe(true)
          const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
          const midnight = Date.UTC(year, month, date.getUTCDate())
          const length = (from: number, to: number) => (to - from) / 86_400_000
          const phases = [
            (date.getTime() - midnight) / 86_400_000,
            ((date.getUTCDay() + 6) % 7) / 7,
            (date.getUTCDate() - 1) / length(Date.UTC(year, month), Date.UTC(year, month + 1)),
            length(Date.UTC(year, 0), midnight) / length(Date.UTC(year, 0), Date.UTC(year + 1, 0)),
            month / 12,
          ]
          for (const [p, phase] of phases.entries()) {
            expect(out[2 * p]).toBeCloseTo(Math.sin(2 * Math.PI * phase), 5)
            expect(out[2 * p + 1]).toBeCloseTo(Math.cos(2 * Math.PI * phase), 5)
          }
        },
      ),
    )
    expect(putCyclicParts(Number.NaN, zone, ['hour'], out, 0)).toBe(false)
    expect(putCyclicParts(1e17, zone, ['hour'], out, 0)).toBe(false)
  })
})

describe('places', () => {
  it('are as far apart as they are', () => {
    expect(distanceKm(52.52, 13.405, [48.8566, 2.3522])).toBeCloseTo(877.5, 0)
    expect(distanceKm(0, 179.5, [0, -179.5])).toBeCloseTo(111.2, 1)
    expect(distanceKm(0, 0, [0, 180])).toBeCloseTo(Math.PI * 6371.0088, 6)
    const out = new Float32Array(4)
    putOnSphere(0, 90, out, 1)
    expect([...out].map((value) => Math.round(value * 1e6))).toEqual([0, 0, 1e6, 0])
  })

  it('lie in the cells that geohash.org gives them', () => {
    expect(geohash(57.64911, 10.40744, 11)).toBe('u4pruydqqvj')
    expect(geohash(42.6, -5.6, 5)).toBe('ezs42')
    expect(geohash(-90, -180, 3)).toBe('000')
    expect(geohash(90, 180, 3)).toBe('zzz')
  })
})
