import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The program of a browser on this machine: KINDRED_CHROMIUM, or where systems put one. */
const program = process.env.KINDRED_CHROMIUM ?? PLACES.find((path) => existsSync(path))

/** Whether there is one; else it says why tests are skipped. */
export function hasBrowser(): boolean {
  if (program === undefined) console.warn(`skipped: no Chromium (KINDRED_CHROMIUM, ${PLACES.join(', ')})`)
  return program !== undefined
}

/** Starts it, without the sandbox that containers and root do not have. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: program, args: ['--no-sandbox'] })

/** Opens a file, which must show without a complaint, a dialog, or a request for anything else. */
export async function openPage(
  browser: Browser,
  file: string,
  colorScheme: 'light' | 'dark' = 'light',
  width = 1100,
): Promise<Page> {
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } })
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('dialog', (dialog) => complaints.push(dialog.message()))
  page.on('request', (request) => requests.push(request.url()))
  const url = pathToFileURL(file).href
  await page.goto(url)
  expect(complaints).toEqual([])
  expect(requests).toEqual([url])
  return page
}
