import { Catalogue, Features, ItemKNN, loadEmbedder, type Recommender } from 'kindred'
import { tasteLog } from '../../support/logs.js'

export const TOKEN = 'a-token-of-the-tests'

/** A small model, and what a service knows besides: titles and vectors of texts. */
export async function parts() {
  const model: Recommender = await new ItemKNN({ neighbors: 10 }).fit(tasteLog())
  const embedder = await loadEmbedder('test/fixtures/tiny-encoder')
  const rows = Array.from({ length: 40 }, (_, item) => ({
    item,
    title: item % 2 === 0 ? `a story of love ${item}` : `the end of the war ${item}`,
  }))
  const titles = Catalogue.from(rows, { id: 'item', text: '{title}' })
  const { ids, matrix } = await embedder.embedItems(titles)
  return { model, embedder, titles, features: Features.from([...ids], matrix) }
}

export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects it to be
  body: any
  headers: Headers
}

/** Asks a service at `url`; a body that is no string is sent as JSON. */
export async function ask(
  url: string,
  route: string,
  body?: unknown,
  { token, method = 'POST', type = 'application/json' }: { token?: string; method?: string; type?: string } = {},
): Promise<Answer> {
  const response = await fetch(url + route, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers }
}
