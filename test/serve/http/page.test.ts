// The page of a service, in a real browser.
import { Catalogue, RecommendationServer } from 'kindred'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasBrowser, launchBrowser } from '../../support/browser.js'
import { parts, TOKEN } from './service.js'

const EVIL = '<img src=x onerror="document.title=1"><script>document.title=2</script>'

describe.skipIf(!hasBrowser())('the page', () => {
  let made: Awaited<ReturnType<typeof parts>>
  let server: RecommendationServer
  let browser: Browser
  let page: Page
  const complaints: string[] = []
  const hosts = new Set<string>()

  beforeAll(async () => {
    made = await parts()
    const titles = Catalogue.from(
      Array.from({ length: 40 }, (_, item) => ({ item, title: `${EVIL} ${item}` })),
      { id: 'item', text: '{title}' },
    )
    server = await RecommendationServer.start({ ...made, titles, tokens: [TOKEN] })
    browser = await launchBrowser()
    page = await browser.newPage()
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('request', (request) => hosts.add(new URL(request.url()).host))
    await page.goto(server.url)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    made?.embedder.dispose()
  })

  const show = async (user: string) => {
    await page.fill('#user', user)
    await page.click('#user-form button')
  }
  const texts = (list: string) => page.locator(`#${list} li`).allTextContents()

  it('asks for a token, and tells what is wrong', async () => {
    await show('3')
    await page.locator('#message', { hasText: 'token' }).waitFor()
    expect(complaints.filter((text) => !/401/.test(text))).toEqual([])
    complaints.length = 0
    await page.fill('#token', TOKEN)
  })

  it('shows the history of a user, and recommendations with reasons', async () => {
    await show('3')
    await page.waitForSelector('#recommendations li')
    const { model } = made
    const list = await model.recommend(3, { k: 10 })
    const shown = await texts('recommendations')
    expect(shown).toHaveLength(10)
    for (const [n, { item }] of list.entries()) expect(shown[n]).toContain(`${EVIL} ${item} (${item})`)
    expect(shown[0]).toMatch('because of item')
    expect(await texts('history')).toHaveLength(model.seenItems(3).length)
  })

  it('shows similar items of the one that is clicked', async () => {
    const [first] = await made.model.recommend(3, { k: 1 })
    await page.click('#recommendations li button')
    await page.waitForSelector('#similar li')
    const similar = await made.model.similarItems(first!.item, { k: 10 })
    const shown = await texts('similar')
    for (const [n, { item }] of similar.entries()) expect(shown[n]).toContain(`(${item})`)
  })

  it('finds items like a text, and who would read it', async () => {
    await page.fill('#text', 'the end of the war')
    await page.click('#text-form button')
    await page.waitForSelector('#readers li')
    expect(await texts('found')).toHaveLength(10)
    expect(await texts('readers')).toHaveLength(10)
    expect(await page.textContent('#readers-by')).toMatch('nearest')
  })

  it('says who is unknown, also to ids that are markup', async () => {
    await show(EVIL)
    await page.locator('#message', { hasText: 'not among' }).waitFor()
    expect(complaints.splice(0).filter((text) => !/404/.test(text))).toEqual([])
  })

  it('runs nothing but itself, and asks nobody else', async () => {
    expect(await page.title()).toBe('kindred')
    expect(await page.locator('img').count()).toBe(0)
    expect([...hosts]).toEqual([new URL(server.url).host])
    expect(complaints).toEqual([])
    const policy = (await fetch(server.url)).headers.get('content-security-policy')!
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-/)
    expect(policy).not.toMatch('unsafe')
    // What the policy forbids does not run, were it to get in.
    await page.evaluate(
      "const s = document.createElement('script'); s.textContent = 'document.title = 3'; document.body.append(s)",
    )
    expect(await page.title()).toBe('kindred')
  })
})
