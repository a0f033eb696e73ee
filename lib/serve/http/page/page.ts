import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Service } from '../service.js'
import { SCRIPT } from './script.js'
import { STYLE } from './style.js'

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Nothing runs, is styled or is loaded but what the page itself holds; it asks its own service alone. */
const POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(SCRIPT)}`,
  `style-src ${hashOf(STYLE)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** What the page shows, as the service can: the rest is not there. */
export interface PageAbilities {
  explain: boolean
  similar: boolean
  search: boolean
  titles: boolean
  token: boolean
}

/** The page of a service. What it shows of users and items comes by its script and is put in as text, never as markup. */
export function pageHtml(abilities: PageAbilities): string {
  const part = (isThere: boolean, html: string) => (isThere ? html : '')
  const flags = Object.entries(abilities)
    .filter(([, isThere]) => isThere)
    .map(([name]) => name)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>kindred</title>
<style>${STYLE}</style>
</head>
<body data-abilities="${flags.join(' ')}">
<h1>kindred <small id="version"></small></h1>
${part(abilities.token, '<form id="token-form"><label>Token <input id="token" type="password" autocomplete="off"></label></form>')}
<form id="user-form"><label>User <input id="user" autocomplete="off" required></label> <button>Show</button></form>
<p id="message" role="status"></p>
<section id="of-user" hidden>
<div><h2>History</h2><ol id="history"></ol></div>
<div><h2>Recommendations</h2><ol id="recommendations"></ol></div>
${part(abilities.similar, '<div><h2 id="similar-title">Similar items</h2><ol id="similar"></ol></div>')}
</section>
${part(
  abilities.search,
  `<form id="text-form"><label>A text <input id="text" autocomplete="off" required></label> <button>Find items and readers</button></form>
<section id="of-text" hidden>
<div><h2>Items like it</h2><ol id="found"></ol></div>
<div><h2>Who would read it</h2><p id="readers-by"></p><ol id="readers"></ol></div>
</section>`,
)}
<script>${SCRIPT}</script>
</body>
</html>
`
}

/** Adds the page at `/`. It holds no data: whoever opens it without a token sees an empty one. */
export function addPage(instance: FastifyInstance, service: Service, token: boolean): void {
  instance.get('/', { schema: { summary: 'A page to look at lists.' } }, async (_, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', POLICY)
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .header('cache-control', 'no-store')
      .send(pageHtml({ ...service.abilities, token })),
  )
}
