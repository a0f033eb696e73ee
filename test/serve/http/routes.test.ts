// What the routes answer: by a server, as a plugin of another Fastify, and by a handler of Requests.
import { trace } from '@opentelemetry/api'
import Fastify from 'fastify'
import {
  AlternatingLeastSquares,
  type CascadeSource,
  ContentBased,
  Features,
  Interactions,
  ItemKNN,
  kindredPlugin,
  Matrix,
  RecommendationServer,
  RequestHandler,
} from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tasteLog } from '../../support/logs.js'
import { type Answer, ask, parts, TOKEN } from './service.js'

let made: Awaited<ReturnType<typeof parts>>
let server: RecommendationServer
let handler: RequestHandler
const app = Fastify()
const ways: Record<string, (route: string, body?: unknown) => Promise<Pick<Answer, 'status' | 'body'>>> = {
  'the server': (route, body) => ask(server.url, route, body),
  'a plugin': async (route, body) => {
    const { statusCode, payload } = await app.inject({
      method: 'POST',
      url: `/shop${route}`,
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify(body),
    })
    return { status: statusCode, body: JSON.parse(payload) }
  },
  'a handler': async (route, body) => {
    const request = new Request(`http://shop${route}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const { handle } = handler
    const response = await handle(request)
    return { status: response.status, body: await response.json() }
  },
}

beforeAll(async () => {
  made = await parts()
  server = await RecommendationServer.start(made)
  handler = await RequestHandler.create(made)
  await app.register(kindredPlugin, { ...made, prefix: '/shop' })
  app.get('/own', async () => 'mine')
  app.post('/own', async (request) => request.body)
  await app.ready()
})
afterAll(async () => {
  await Promise.all([server?.close(), handler?.close(), app.close()])
  made?.embedder.dispose()
})

const names = (list: { item: unknown }[]) => list.map(({ item }) => item)

it('/readers asks a model that makes vectors of features for the users whom the vector of the text suits', async () => {
  const { embedder, features } = made
  const other = features.dims + 1
  const models = {
    als: await new AlternatingLeastSquares({ factors: 4, iterations: 3 }).fit(tasteLog(), { itemFeatures: features }),
    content: await new ContentBased().fit(tasteLog(), { itemFeatures: features }),
    plain: await new AlternatingLeastSquares({ factors: 4, iterations: 3 }).fit(tasteLog()),
    ofOthers: await new AlternatingLeastSquares({ factors: 4, iterations: 3 }).fit(tasteLog(), {
      itemFeatures: Features.from(
        [...features.ids],
        new Matrix(
          features.size,
          other,
          Float32Array.from({ length: features.size * other }, (_, n) => Math.sin(n)),
        ),
      ),
    }),
  }
  const { vectors } = await embedder.embed(['a tale of love'])
  for (const [name, model] of Object.entries(models)) {
    const own = await RequestHandler.create({ ...made, model })
    const body = JSON.stringify({ text: 'a tale of love', k: 5 })
    const headers = { 'content-type': 'application/json' }
    const response = await own.handle(new Request('http://shop/readers', { method: 'POST', headers, body }))
    const answer = (await response.json()) as { by: string; users: unknown[] }
    await own.close()
    expect([name, answer.by]).toEqual([name, name === 'als' || name === 'content' ? 'item vector' : 'nearest items'])
    if (answer.by === 'nearest items') continue
    await model.addItems(Features.from(['new'], vectors))
    expect(answer.users).toEqual(await model.recommendUsers('new', { k: 5, exclude: 'none' }))
  }
})

describe.each(Object.keys(ways))('by %s', (way) => {
  const post = (route: string, body?: unknown) => ways[way]!(route, body)

  it('/recommend gives what the model gives, twice the same', async () => {
    const { model } = made
    const expected = await model.recommend(3, { k: 5 })
    for (let n = 0; n < 2; n++) {
      const { status, body } = await post('/recommend', { user: 3, k: 5 })
      expect({ status, body }).toEqual({ status: 200, body: { items: expected, version: '1' } })
    }
    expect((await post('/recommend', { user: 3 })).body.items).toEqual(await model.recommend(3))
    const asked = {
      user: 3,
      k: 4,
      exclude: { seen: false, items: [1] },
      candidates: [1, 2, 3, 4, 99],
      unknown: 'ignore',
    }
    const { user, ...options } = asked
    expect((await post('/recommend', asked)).body.items).toEqual(await model.recommend(user, options as never))
    expect((await post('/recommend', { user: 3, exclude: 'none' })).body.items).toEqual(
      await model.recommend(3, { exclude: 'none' }),
    )
  })

  it('/recommend takes a history instead of a user', async () => {
    const { status, body } = await post('/recommend', { history: [2, { item: 4, weight: 3 }], k: 3 })
    expect(status).toBe(200)
    expect(body.items).toEqual(await made.model.recommendFor([{ item: 2 }, { item: 4, weight: 3 }], { k: 3 }))
    expect((await post('/recommend', { history: [2], user: 1 })).status).toBe(400)
    expect((await post('/recommend', {})).body.message).toMatch('neither')
  })

  it('/recommend gives reasons and titles', async () => {
    const { body } = await post('/recommend', { user: 3, k: 3, reasons: true, titles: true })
    expect(body.items[0].reasons[0]).toMatch(/^because of item \d+, which gives/)
    expect(body.items[0].title).toBe(made.titles.text(body.items[0].item))
  })

  it('/similar, /score, /explain and /history are those of the model', async () => {
    const { model } = made
    expect((await post('/similar', { item: 4, k: 3 })).body.items).toEqual(await model.similarItems(4, { k: 3 }))
    expect((await post('/score', { user: 3, items: [1, 2, 99], unknown: 'nan' })).body.scores).toEqual([
      ...(await model.score(3, [1, 2])),
      null,
    ])
    const [{ item }] = (await model.recommend(3, { k: 1 })) as unknown as [{ item: number }]
    const { reasons, version, ...explanation } = (await post('/explain', { user: 3, item })).body
    expect(explanation).toEqual(await model.explain(3, item))
    expect(reasons.length).toBeGreaterThan(0)
    expect(version).toBe('1')
    expect(names((await post('/history', { user: 3, k: 1000 })).body.items)).toEqual(model.seenItems(3))
  })

  it('/embed, /search and /readers read texts', async () => {
    const { embedder, titles } = made
    const { vectors } = await embedder.embed(['a story of love'])
    const embedded = (await post('/embed', { texts: ['a story of love'] })).body
    expect(Float32Array.from(embedded.vectors[0])).toEqual(vectors.row(0))
    expect(embedded.truncated).toEqual([false])
    const found = (await post('/search', { text: titles.text(7), k: 3, titles: true })).body
    expect(found.items[0]).toMatchObject({ item: 7, title: titles.text(7) })
    const { users, by } = (await post('/readers', { text: titles.text(7), k: 4 })).body
    expect(by).toBe('nearest items')
    expect(users).toHaveLength(4)
    for (let n = 1; n < 4; n++) expect(users[n].score).toBeLessThanOrEqual(users[n - 1].score)
  })

  it('tells what is wrong with a request', async () => {
    const wrong: [string, unknown, number, string, RegExp][] = [
      ['/recommend', { user: 'nobody' }, 404, 'ERR_UNKNOWN_ID', /not among/],
      ['/recommend', { usr: 1 }, 400, 'ERR_VALUE', /Did you mean "user"/],
      ['/recommend', { user: 1, k: '5' }, 400, 'ERR_VALUE', /body\.k: expected an integer/],
      ['/recommend', { user: 1, k: 1e9 }, 400, 'ERR_VALUE', /from 0 to 1000/],
      ['/recommend', { user: 1.5 }, 400, 'ERR_VALUE', /body\.user: expected a string or an integer/],
      ['/recommend', { history: [1], reasons: true }, 422, 'ERR_NOT_SUPPORTED', /history/],
      ['/recommend', null, 400, 'ERR_VALUE', /body: expected an object/],
      ['/recommend', { user: 1, exclude: [1, {}] }, 400, 'ERR_VALUE', /exclude\[1\]/],
      ['/score', { user: 1, items: [99] }, 404, 'ERR_UNKNOWN_ID', /99/],
      ['/search', { text: '' }, 400, 'ERR_VALUE', /body\.text/],
      ['/events', [], 400, 'ERR_VALUE', /1 to 1000 entries/],
      ['/events', [{ user: 1, item: 2 }], 422, 'ERR_NOT_SUPPORTED', /LiveModel/],
    ]
    for (const [route, body, status, code, message] of wrong)
      expect(await post(route, body), route).toMatchObject({
        status,
        body: { code, message: expect.stringMatching(message) },
      })
  })
})

it('a plugin leaves the routes of its application as they are', async () => {
  expect((await app.inject('/own')).payload).toBe('mine')
  expect(
    (await app.inject({ method: 'POST', url: '/own', payload: 'a text', headers: { 'content-type': 'text/plain' } }))
      .payload,
  ).toBe('a text')
  expect((await app.inject('/nowhere')).json()).toMatchObject({ error: 'Not Found' })
  expect(Object.keys((await app.inject('/shop/docs')).json().paths)).toContain('/shop/recommend')
  expect((await app.inject('/shop/')).payload).toMatch('<title>kindred</title>')
})

describe('a service with tokens', () => {
  let locked: RecommendationServer
  let reloads = 0
  beforeAll(async () => {
    locked = await RecommendationServer.start({
      model: made.model,
      tokens: ['another-token-0123', TOKEN],
      limits: { k: 5, history: 2, bodyBytes: 500 },
      reload: async () => {
        reloads++
      },
    })
  })
  afterAll(() => locked?.close())

  it('answers those who have one', async () => {
    for (const token of [undefined, 'wrong', `${TOKEN}x`, TOKEN.slice(1), ''])
      for (const route of ['/recommend', '/reload'])
        expect(await ask(locked.url, route, { user: 1 }, { token })).toMatchObject({
          status: 401,
          body: { code: 'ERR_UNAUTHORIZED' },
        })
    for (const token of [TOKEN, 'another-token-0123'])
      expect((await ask(locked.url, '/recommend', { user: 1 }, { token })).status).toBe(200)
    expect((await ask(locked.url, '/metrics', undefined, { method: 'GET' })).status).toBe(401)
    for (const open of ['/health', '/ready', '/'])
      expect((await ask(locked.url, open, undefined, { method: 'GET' })).status).toBe(200)
    expect(await ask(locked.url, '/reload', undefined, { token: TOKEN })).toMatchObject({ status: 200 })
    expect(reloads).toBe(1)
  })

  it('keeps its limits', async () => {
    const post = (body: unknown) => ask(locked.url, '/recommend', body, { token: TOKEN })
    expect((await post({ user: 1, k: 6 })).status).toBe(400)
    expect((await post({ history: [1, 2, 3] })).status).toBe(400)
    expect(await post({ user: 'x'.repeat(600) })).toMatchObject({ status: 413, body: { code: 'ERR_TOO_LARGE' } })
    expect((await post({ history: [1, 2], k: 5 })).status).toBe(200)
  })
})

it('counts, describes and names what it does', async () => {
  await ask(server.url, '/recommend', { user: 5 })
  const metrics = (await ask(server.url, '/metrics', undefined, { method: 'GET' })).body as string
  expect(metrics).toMatch(/kindred_answers_total\{route="\/recommend",status="200"\} \d/)
  expect(metrics).toMatch(/kindred_request_seconds_count\{route="\/recommend"\} \d/)
  expect(metrics).toMatch(/kindred_event_loop_delay_max_seconds /)
  const docs = (await ask(server.url, '/docs', undefined, { method: 'GET' })).body
  expect(docs.openapi).toBe('3.1.0')
  for (const route of ['/recommend', '/similar', '/score', '/search', '/embed', '/explain', '/events'])
    expect(docs.paths[route].post.requestBody.content['application/json'].schema.type).toMatch(/object|array/)
  const page = await fetch(`${server.url}/docs`, { headers: { accept: 'text/html' } })
  expect(await page.text()).toMatch('<h2>POST /recommend</h2>')
  expect(await ask(server.url, '/nowhere', {})).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } })
  expect(await ask(server.url, '/recommend', 'user=1', { type: 'text/plain' })).toMatchObject({
    status: 415,
    body: { code: 'ERR_MEDIA_TYPE' },
  })
})

it('refuses more requests of one address than it was told', async () => {
  await using limited = await RecommendationServer.start({
    model: made.model,
    rateLimit: { max: 3, milliseconds: 3_600_000 },
  })
  const statuses = []
  for (let n = 0; n < 5; n++) statuses.push((await ask(limited.url, '/recommend', { user: 1 })).status)
  expect(statuses).toEqual([200, 200, 200, 429, 429])
  expect(await ask(limited.url, '/recommend', { user: 1 })).toMatchObject({ body: { code: 'ERR_RATE_LIMIT' } })
  expect((await ask(limited.url, '/health', undefined, { method: 'GET' })).status).toBe(200)
})

it('keeps no list when the model changes in its place', async () => {
  const model = await new ItemKNN().fit(tasteLog())
  await using changing = await RecommendationServer.start({ model })
  const list = async () => (await ask(changing.url, '/recommend', { user: 3, k: 4 })).body.items
  const before = await list()
  expect(await list()).toEqual(before)
  await model.update(Interactions.from([{ user: 3, item: before[0].item }]))
  expect(await list()).toEqual(await model.recommend(3, { k: 4 }))
  expect(await list()).not.toEqual(before)
})

it('makes spans for the provider that is registered, without ids', async () => {
  const spans: { name: string; attributes: unknown; ended: boolean }[] = []
  const tracer = {
    startActiveSpan: (name: string, { attributes }: { attributes: object }, call: (span: object) => unknown) => {
      const span = { name, attributes: { ...attributes } as Record<string, unknown>, ended: false }
      spans.push(span)
      return call({
        setStatus: () => {},
        setAttribute: (key: string, value: unknown) => {
          span.attributes[key] = value
        },
        end: () => {
          span.ended = true
        },
      })
    },
  }
  trace.setGlobalTracerProvider({ getTracer: () => tracer as never })
  try {
    await using traced = await RecommendationServer.start({ model: made.model, traces: true })
    await ask(traced.url, '/recommend', { user: 1 })
    await ask(traced.url, '/similar', { item: 'secret' })
    const attributes = { 'http.route': '/similar', 'error.type': 'ERR_UNKNOWN_ID' }
    expect(spans).toEqual([
      { name: 'kindred /recommend', attributes: { 'http.route': '/recommend' }, ended: true },
      { name: 'kindred /similar', attributes, ended: true },
    ])
  } finally {
    trace.disable()
  }
})

it('/cascade answers what a cascade gives', async () => {
  const asked: unknown[] = []
  const cascade: CascadeSource = {
    run: async ({ signal, ...request }) => {
      asked.push(request, signal instanceof AbortSignal)
      return {
        items: [{ item: 7, score: 0.5, reasons: ['kept by MMR: 0.31 from what is listed'] }],
        stages: [{ name: 'retrieval', milliseconds: 1.5, count: 1 }],
      }
    },
  }
  await using staged = await RecommendationServer.start({ model: made.model, cascade })
  const { status, body } = await ask(staged.url, '/cascade', {
    history: [2, { item: 4, weight: 3 }],
    query: 'war',
    k: 3,
  })
  expect(status).toBe(200)
  expect(body).toEqual(await cascade.run({}))
  expect(asked.slice(0, 2)).toEqual([{ history: [{ item: 2 }, { item: 4, weight: 3 }], query: 'war', k: 3 }, true])
  expect((await ask(staged.url, '/cascade', { user: {} })).status).toBe(400)
  expect((await ask(server.url, '/cascade', { user: 1 })).status).toBe(422)
})

describe('a server', () => {
  it('refuses what it cannot be', async () => {
    const { model, embedder, features } = made
    const wrong: [object, RegExp][] = [
      [{ model, host: '0.0.0.0' }, /tokens are needed/],
      [{ model, tokens: ['short'] }, /at least 16/],
      [{ model: {} }, /expected a Recommender/],
      [{ model, port: 70000 }, /port/],
      [{ model, features }, /embedder/],
      [{ model, limits: { k: 0 } }, /limits\.k/],
      [{ model, limits: { kk: 1 } }, /Did you mean "k"/],
    ]
    for (const [options, message] of wrong)
      await expect(RecommendationServer.start(options as never)).rejects.toMatchObject({
        code: 'ERR_VALUE',
        message: expect.stringMatching(message),
      })
    const other = await ask(server.url, '/health', undefined, { method: 'GET' })
    expect(other.status).toBe(200)
    const taken = Number(new URL(server.url).port)
    await expect(RecommendationServer.start({ model, embedder, port: taken })).rejects.toMatchObject({ code: 'ERR_IO' })
    await expect(RecommendationServer.start({ model, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    })
  })

  it('answers what is under way when it closes', async () => {
    const model = await new ItemKNN().fit(tasteLog())
    let entered = () => {}
    let go = () => {}
    const isEntered = new Promise<void>((resolve) => {
      entered = resolve
    })
    const isFree = new Promise<void>((resolve) => {
      go = resolve
    })
    const { similarItems } = model
    model.similarItems = async (...given) => {
      entered()
      await isFree
      return similarItems.apply(model, given)
    }
    const source = { current: model, version: '7', accept: async () => {} }
    const waiting = await RecommendationServer.start({ model: source })
    const answer = ask(waiting.url, '/similar', { item: 4 })
    await isEntered
    const closed = waiting.close()
    go()
    expect(await answer).toMatchObject({ status: 200, body: { version: '7' } })
    await closed
    await waiting.close()
    await expect(ask(waiting.url, '/health', undefined, { method: 'GET' })).rejects.toThrow()
  })
})
