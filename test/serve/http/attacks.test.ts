// Requests that nobody should send: each is answered 4xx with a reason, or as what JSON makes of it, and the service goes on.
import { connect } from 'node:net'
import { RecommendationServer } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { ask, parts } from './service.js'

let made: Awaited<ReturnType<typeof parts>>
let server: RecommendationServer
/** One that gives up after a second. */
let hasty: RecommendationServer
beforeAll(async () => {
  made = await parts()
  hasty = await RecommendationServer.start({ model: made.model, limits: { milliseconds: 1000 }, logLevel: 'silent' })
  server = await RecommendationServer.start({
    ...made,
    limits: { bodyBytes: 100_000 },
    logLevel: 'silent',
  })
})
afterAll(async () => {
  await Promise.all([server?.close(), hasty?.close()])
  made?.embedder.dispose()
})

/** Sends bytes as they are, and gives all that comes back until the other side closes or `answers` have come. */
function send(bytes: string | Buffer, answers = 1, { url } = server): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    let text = ''
    socket.on('data', (data) => {
      text += data
      const heads = [...text.matchAll(/HTTP\/1\.1 \d+[\s\S]*?content-length: (\d+)[\s\S]*?\r\n\r\n/gi)]
      const last = heads[answers - 1]
      if (last !== undefined && text.length >= last.index + last[0].length + Number(last[1])) socket.end()
    })
    socket.on('close', () => resolve(text))
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve(text) : reject(error)))
  })
}

const post = (route: string, body: string | Buffer, type = 'application/json') =>
  Buffer.concat([
    Buffer.from(
      `POST ${route} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`,
    ),
    Buffer.from(body),
  ])

const ROUTES = ['/recommend', '/similar', '/score', '/search', '/readers', '/events', '/embed', '/explain', '/history']
const KEYS = ['user', 'item', 'items', 'k', 'history', 'text', 'texts', 'exclude', 'candidates', 'minScore', 'titles']
const BAD_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '',
  '\u0000',
  'a'.repeat(3000),
  '$where',
  'length',
]
/** Values as JSON text, also such as no JSON is. */
const VALUES = [
  ...['null', 'true', '-1', '1e400', '-1e400', '1e308', '9007199254740993', '0.1', '99999999999999999999999', '-0'],
  ...[
    '""',
    '"\\u0000"',
    '"\\ud800"',
    `"${'x'.repeat(3000)}"`,
    '"__proto__"',
    '[]',
    '{}',
    '[[[[[]]]]]',
    '{"a":{"b":{}}}',
  ],
  ...[
    'NaN',
    'undefined',
    "'a'",
    '01',
    '+1',
    '[1,]',
    '{"a":1,}',
    '"\u0001"',
    '"\\x"',
    '',
    '/**/1',
    'Infinity',
    '"',
    '{',
    ']',
  ],
]

describe('10,000 malformed requests', () => {
  const random = createRandom(7)
  const pick = <T>(from: readonly T[]): T => from[random.integer(from.length)]!

  function body(): string {
    const pairs = Array.from({ length: random.integer(4) }, () => {
      const key = random.next() < 0.7 ? pick(KEYS) : pick(BAD_KEYS)
      return `${JSON.stringify(key)}:${pick(VALUES)}`
    })
    const shape = random.integer(10)
    if (shape === 0) return pick(VALUES)
    if (shape === 1) return `[{${pairs.join()}}]`
    if (shape === 2) return `{${pairs.join()}`
    // What no route knows makes each of the others malformed.
    return `{${[...pairs, `"nonsense":${pick(VALUES.slice(0, 19))}`].join()}}`
  }

  it('are each refused with a reason', async () => {
    const statuses = new Map<number, number>()
    const ask1 = async () => {
      const route = pick(ROUTES)
      const sent = body()
      const { status, body: answer } = await ask(server.url, route, sent)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      const shown = `${route} ${sent.slice(0, 200)}`
      expect(status, shown).toBeGreaterThanOrEqual(400)
      expect(status, shown).toBeLessThan(500)
      expect(Object.keys(answer), shown).toEqual(['code', 'message'])
      expect(answer.message.length, shown).toBeGreaterThan(10)
    }
    for (let n = 0; n < 10_000; n += 20) await Promise.all(Array.from({ length: 20 }, ask1))
    expect(statuses.get(400)).toBeGreaterThan(5000)
    expect((await ask(server.url, '/recommend', { user: 1 })).status).toBe(200)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

describe('what is no request', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['a TLS greeting', Buffer.from('16030100a5010000a10303', 'hex'), 400],
    ['another version', 'GET / HTTP/9.9\r\n\r\n', 400],
    ['no host', 'GET /health HTTP/1.1\r\n\r\n', 400],
    ['a header without end', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`, 431],
    ['two lengths', 'POST /recommend HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na', 400],
    [
      'a length and chunks',
      'POST /recommend HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'chunks of no length',
      'POST /recommend HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
    ],
    ['a bad escape', 'GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a path upwards', 'GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n', 404],
    ['an unknown method', 'BREW / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a method that the route lacks', 'GET /recommend HTTP/1.1\r\nHost: a\r\n\r\n', 404],
  ])('%s', async (name, bytes, status) => {
    const answer = await send(bytes)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    // Node itself answers a request without a host, with no body.
    if (name !== 'no host') expect(answer).toMatch(/"message":"/)
  })
})

describe('bodies', () => {
  it('too deep, too long, of the wrong type, pressed or empty are refused', async () => {
    const deep = '['.repeat(40_000) + ']'.repeat(40_000)
    const cases: [string | Buffer, string, RegExp][] = [
      [deep, 'application/json', /400|404/],
      [`{"user":${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}}`, 'application/json', /400/],
      ['x'.repeat(200_000), 'application/json', /413/],
      ['{"user":1}', 'text/plain', /415/],
      ['{"user":1}', 'application/xml', /415/],
      ['{"user":1}', 'multipart/form-data; boundary=a', /415/],
      ['{"user":1}', '', /415|400/],
      ['', 'application/json', /400/],
      [Buffer.from([0xff, 0xfe, 0x7b, 0x7d]), 'application/json', /400/],
    ]
    for (const [body, type, status] of cases)
      for (const route of ['/recommend', '/events']) {
        const [first] = (await send(post(route, body, type))).split('\r\n')
        expect(first, `${type} ${body.slice(0, 20)}`).toMatch(status)
      }
  })

  it('with a key twice are what JSON makes of them', async () => {
    const twice = await ask(server.url, '/recommend', '{"user":"nobody","user":1,"k":2}')
    expect(twice).toMatchObject({ status: 200, body: { items: await made.model.recommend(1, { k: 2 }) } })
  })

  it('that come too slowly are given up, and hold nobody up', async () => {
    const head = 'POST /recommend HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
    const slow = send(`${head}Content-Length: 50\r\n\r\n{"us`, 1, hasty)
    const slowHeads = send(head.slice(0, -20), 1, hasty)
    for (const answer of await Promise.all([slow, slowHeads])) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 /)
      expect(answer).toMatch('"code":"ERR_TIMEOUT"')
    }
    // The same on the other one, whose time is not over before this is answered.
    const open = [send(`${head}Content-Length: 50\r\n\r\n{"us`), send(head.slice(0, -20))]
    expect((await ask(server.url, '/recommend', { user: 1 })).status).toBe(200)
    await Promise.all(open)
  })
})

it('requests in one go are answered in their order', async () => {
  const one = (k: number) => post('/recommend', JSON.stringify({ user: k, k }))
  const all = [1, 2, 3, 4, 5, 6, 7, 8]
  const text = await send(Buffer.concat([...all.map(one), post('/recommend', '{"k":"x"}')]), 9)
  const bodies = [...text.matchAll(/\r\n\r\n(\{.*?\})(?=HTTP|$)/gs)].map(([, body]) => JSON.parse(body!))
  for (const k of all) expect(bodies[k - 1].items).toEqual(await made.model.recommend(k, { k }))
  expect(bodies[8].code).toBe('ERR_VALUE')
})

it('who leaves before the answer costs nothing', async () => {
  const { hostname, port } = new URL(server.url)
  await Promise.all(
    Array.from(
      { length: 50 },
      (_, n) =>
        new Promise<void>((resolve) => {
          const socket = connect(Number(port), hostname, () => {
            socket.write(post('/recommend', JSON.stringify({ user: n, k: 3, exclude: 'none' })))
            socket.destroy()
          })
          socket.on('close', () => resolve())
        }),
    ),
  )
  expect((await ask(server.url, '/recommend', { user: 1 })).status).toBe(200)
})
