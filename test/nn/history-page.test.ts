// The page of a training's history, as a browser shows it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { trainingHistory } from '#lib/nn/train/history.js'
import { smoothed, thinned } from '#lib/nn/train/history-charts.js'
import { hasBrowser, launchBrowser, openPage } from '../support/browser.js'
// @ts-expect-error plain JavaScript, for the page
import { background, firstLine, leastContrast, misplaced, rootTag, scrollWidth } from '../support/in-page.mjs'
import { random } from '../support/numbers.js'
import { dir } from '../support/table-files.js'

interface Point {
  x: number
  y: number
}

const next = random(1)

/** A training of so many epochs and steps whose loss falls. */
function historyOf(epochs: number, steps: number, { score = true, size = 1 } = {}) {
  const losses = Float32Array.from({ length: steps }, (_, n) => size * (Math.exp((-3 * n) / steps) + 0.2 * next()))
  const rates = Float32Array.from({ length: steps }, (_, n) => 2e-5 * (1 - n / steps))
  const all = Array.from({ length: epochs }, (_, n) => ({
    epoch: n + 1,
    loss: size * (1.1 - n / epochs),
    validation: undefined,
    score: score ? 0.5 + 0.4 * (n / epochs) : undefined,
    seconds: 12.3,
  }))
  return trainingHistory(all, losses, rates)
}

describe('a history', () => {
  it('is an array of its epochs', () => {
    const history = historyOf(3, 10)
    expect(Array.isArray(history)).toBe(true)
    expect(history).toHaveLength(3)
    expect(history.map(({ epoch }) => epoch)).toEqual([1, 2, 3])
    expect(Object.getPrototypeOf(history.filter(() => true))).toBe(Array.prototype)
    expect(JSON.parse(JSON.stringify(history))[0]).toMatchObject({ epoch: 1, score: 0.5 })
    expect(history.losses).toHaveLength(10)
  })

  it('saves as .html or .svg, and nothing else', async () => {
    const history = historyOf(2, 5)
    for (const ending of ['html', 'svg']) await history.save(join(dir, `training.${ending}`))
    expect(readFileSync(join(dir, 'training.html'), 'utf8')).toBe(history.toHTML())
    expect(readFileSync(join(dir, 'training.svg'), 'utf8')).toBe(history.toSVG())
    for (const path of [join(dir, 'training.png'), 5 as never])
      await expect(history.save(path)).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(history.save(join(dir, 'nowhere', 'a.svg'))).rejects.toMatchObject({ code: 'ERR_IO' })
  })

  it('of a long training is as small as that of a short one, its extremes kept', () => {
    const history = historyOf(3, 300_000)
    history.losses[123_456] = 9
    expect(history.toHTML().length).toBeLessThan(100_000)
    const points = Array.from(history.losses, (loss, step) => [step, loss] as const)
    expect(thinned(points)).toContainEqual([123_456, 9])
    expect(thinned(points.slice(0, 100))).toHaveLength(100)
  })

  it('smooths by a mean that begins with the first loss', () => {
    expect([...smoothed(new Float32Array(400).fill(2))].every((value) => Math.abs(value - 2) < 1e-6)).toBe(true)
    const jump = smoothed(Float32Array.from({ length: 1000 }, (_, n) => (n < 500 ? 1 : 0)))
    expect(jump[499]).toBeCloseTo(1, 5)
    expect(jump[519]).toBeCloseTo((1 - 1 / 20) ** 20, 3)
  })
})

describe.skipIf(!hasBrowser())('its page', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
  })

  const opened = (file: string, colorScheme: 'light' | 'dark', width?: number) =>
    openPage(browser, file, colorScheme, width)

  it.each(['light', 'dark'] as const)('is readable in %s', async (scheme) => {
    const file = join(dir, `${scheme}.html`)
    await historyOf(5, 2000).save(file)
    const page = await opened(file, scheme)
    const { texts, lines } = await page.evaluate<{ texts: number; lines: number }>(leastContrast)
    expect(texts).toBeGreaterThan(7)
    expect(lines).toBeGreaterThan(4.5)
    expect(await page.evaluate(misplaced)).toEqual([])
    const dark = await page.evaluate(background)
    expect(dark).toBe(scheme === 'dark' ? 'rgb(13, 17, 23)' : 'rgb(255, 255, 255)')
    await page.close()
  })

  it('has titles, axes with their names, a mark for each epoch and a table of them', async () => {
    const file = join(dir, 'whole.html')
    await historyOf(5, 2000).save(file)
    const page = await opened(file, 'light')
    const texts = await page.locator('svg text').allTextContents()
    for (const text of [
      'Loss',
      'Validation',
      'Learning rate',
      'loss',
      'score',
      'learning rate',
      'running mean',
      '2000',
    ])
      expect(texts).toContain(text)
    expect(texts.filter((text) => text === 'step').length).toBeGreaterThanOrEqual(3)
    expect(await page.locator('svg circle:has(title)').count()).toBe(10)
    expect(await page.locator('svg path.raw').count()).toBe(2) // the line and its key
    expect(await page.locator('tbody tr').count()).toBe(5)
    expect(await page.locator('tbody b').allTextContents()).toEqual(['0.82'])
    // The line falls from the upper left to the lower right.
    const { first, last, width } = await page.evaluate<{ first: Point; last: Point; width: number }>(firstLine)
    expect(first.x).toBe(92)
    expect(last.x).toBeGreaterThan(935)
    expect(last.y).toBeGreaterThan(first.y + 80)
    expect(width).toBeGreaterThan(843)
    await page.close()
  })

  it.each([
    ['one step', historyOf(1, 1)],
    ['no validation', historyOf(3, 40, { score: false })],
    ['great numbers', historyOf(3, 40, { size: 123_456 })],
    ['small numbers', historyOf(3, 40, { size: 1e-7 })],
    ['many epochs', historyOf(60, 6000)],
    ['none', trainingHistory()],
  ] as const)('stands for %s, on a narrow screen too', async (name, history) => {
    const file = join(dir, `${name.replaceAll(' ', '-')}.html`)
    await history.save(file)
    const page = await opened(file, 'light', 400)
    expect(await page.evaluate(misplaced)).toEqual([])
    expect(await page.content()).not.toMatch(/NaN|Infinity|undefined/)
    expect(await page.evaluate(scrollWidth)).toBeLessThanOrEqual(400)
    const svg = join(dir, 'alone.svg')
    await history.save(svg)
    const alone = await opened(svg, 'dark')
    expect(await alone.evaluate(rootTag)).toBe('svg')
    await Promise.all([page.close(), alone.close()])
  })
})
