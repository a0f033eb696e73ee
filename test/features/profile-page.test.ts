// The page of a profile, as a browser shows it.
import { join } from 'node:path'
import { profileTable, type TableProfile } from 'kindred'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasBrowser, launchBrowser, openPage } from '../support/browser.js'
// @ts-expect-error plain JavaScript, for the page
import { background, beyond, leastTextContrast, scrollWidth } from '../support/in-page.mjs'
import { dir, fileOf } from '../support/table-files.js'

const FIXTURES = 'test/fixtures/profile'
const whole = () => profileTable(`${FIXTURES}/current.csv`, { against: `${FIXTURES}/reference.csv` })

describe.skipIf(!hasBrowser())('the page of a profile', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
  })

  let pages = 0
  async function opened(profile: TableProfile, colorScheme: 'light' | 'dark' = 'light', width = 1100) {
    const file = join(dir, `${pages++}.html`)
    await profile.save(file)
    const page = await openPage(browser, file, colorScheme, width)
    expect(await page.content()).not.toMatch(/NaN|undefined|\[object/)
    return page
  }

  it.each([
    ['light', 'rgb(255, 255, 255)'],
    ['dark', 'rgb(13, 17, 23)'],
  ] as const)('is readable in %s', async (scheme, ground) => {
    const page = await opened(await whole(), scheme)
    expect(await page.evaluate(background)).toBe(ground)
    expect(await page.evaluate(leastTextContrast)).toBeGreaterThan(4.5)
    await page.close()
  })

  it.each([360, 700, 1400])('fits into a screen %d wide', async (width) => {
    const page = await opened(await whole(), 'light', width)
    expect(await page.evaluate(scrollWidth)).toBeLessThanOrEqual(width)
    expect(await page.evaluate(beyond)).toEqual([])
    await page.close()
  })

  it('has a card for each column, with its figures and plots', async () => {
    const profile = await whole()
    const page = await opened(profile)
    expect(await page.locator('.card h3').allTextContents()).toEqual(profile.columns.map(({ name }) => name))
    const price = page.locator('.card', { has: page.locator('h3', { hasText: /^price$/ }) })
    const figures = Object.fromEntries(
      await Promise.all(
        (await price.locator('dl div').all()).map(async (one) => [
          await one.locator('dt').textContent(),
          await one.locator('dd').textContent(),
        ]),
      ),
    )
    const { min, max } = profile.column('price').numbers!
    expect(figures).toMatchObject({ min: String(min), max: String(max) })
    // A bar for each bin, as high as its count.
    const { counts } = profile.column('price').numbers!.histogram
    const bars = price.locator('figure').first().locator('rect')
    expect(await bars.count()).toBe(counts.length)
    const heights = await bars.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height))
    const greatest = Math.max(...heights)
    for (const [n, height] of heights.entries())
      expect(Math.abs(height / greatest - counts[n]! / Math.max(...counts))).toBeLessThan(0.03)
    // Pairs of bars of the drift.
    const drift = profile.drift!.columns.find(({ column }) => column === 'price')!
    expect(await price.locator('.change rect.was').count()).toBe(drift.bins.length)
    expect(await price.locator('.change rect.bar').count()).toBe(drift.bins.length)
    const kinds = page.locator('.card', { has: page.locator('h3', { hasText: /^kind$/ }) }).locator('.values li')
    expect(await kinds.first().locator('.value').textContent()).toBe(profile.column('kind').frequent[0]!.value)
    await page.close()
  })

  it('has tables of the drift, strongest first, and of the correlations', async () => {
    const profile = await whole()
    const page = await opened(profile)
    const rows = page.locator('.drift tbody tr')
    const indices = (await rows.locator('td:nth-child(3)').allTextContents()).map(Number)
    expect(indices).toHaveLength(profile.drift!.columns.length)
    expect(indices).toEqual(indices.toSorted((a, b) => b - a))
    const cells = page.locator('.heat tbody td')
    expect(await cells.count()).toBe(profile.correlations.columns.length ** 2)
    await page.close()
  })

  it('runs nothing that a table says, and shows it as it is', async () => {
    const evil = '<script>alert(1)</script>'
    const image = '"><img src=x onerror=alert(2)>'
    const rows = Array.from({ length: 40 }, (_, n) => ({
      [evil]: n % 2 === 0 ? image : `&lt;b>'${n % 3}`,
      [image]: n,
      '</title><svg onload=alert(3)>': evil,
      'a\u202eb\u0000c\ud800': `\u0007\u2028${n % 2}`,
    }))
    const path = fileOf('jsonl', rows.map((row) => JSON.stringify(row)).join('\n'))
    const page = await opened(await profileTable(path, { against: path }))
    expect(await page.locator('script, img, [onerror], [onload]').count()).toBe(0)
    expect(await page.locator('.card h3').first().textContent()).toBe(evil)
    expect(await page.locator('.value').first().textContent()).toMatch(/"><img src=x onerror=alert\(2\)>|&lt;b>'/)
    await page.close()
  })

  it.each<[string, string]>([
    ['one row', 'a,b\n1,x\n'],
    ['nothing but what is missing', 'a,b\n,\n,\n'],
    ['infinite values', 'a\ninf\n-inf\n1\n2\n'],
    ['long names and texts', `${'n'.repeat(3000)},b\n${'t'.repeat(100_000)},${'two words '.repeat(500)}\n1,2\n`],
    [
      'hundreds of columns',
      `${Array.from({ length: 300 }, (_, n) => `column-${n}`)}\n${`${Array.from({ length: 300 }, (_, n) => n)}\n`.repeat(3)}`,
    ],
    [
      'many correlations',
      `${Array.from({ length: 40 }, (_, n) => `a rather long name ${n}`)}\n${Array.from({ length: 30 }, (_, row) => Array.from({ length: 40 }, (_, n) => (row * (n + 3)) % 17)).join('\n')}\n`,
    ],
  ])(
    'stands for %s, on a narrow screen too',
    async (_, csv) => {
      const page = await opened(await profileTable(fileOf('csv', csv)), 'light', 380)
      expect(await page.evaluate(scrollWidth)).toBeLessThanOrEqual(380)
      expect(await page.evaluate(beyond)).toEqual([])
      await page.close()
    },
    240_000,
  )
})
