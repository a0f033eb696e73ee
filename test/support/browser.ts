import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

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
