import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { ItemKNN, loadModel } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../serve/http/service.js'
import { runScript } from '../stress/run-script.js'
import { tasteLog } from '../support/logs.js'
import { json, kindred, workFolder } from './run.js'

const { path, write } = workFolder()
const model = path('model')
const running = new Set<ChildProcess>()
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})
beforeAll(async () => {
  await (await new ItemKNN({ neighbors: 10 }).fit(tasteLog())).save(model)
})

/** Starts `kindred serve`, whose first line says where it is. */
async function serve(args: string[] = [], env: Record<string, string> = {}) {
  const all = [resolve('dist/cli/main.js'), 'serve', '--model', model, '--port', '0', '--json', ...args]
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  running.add(child)
  let stderr = ''
  child.stderr.on('data', (data) => {
    stderr += data
  })
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child)
    return { code: code as number | null, stderr }
  })
  const [first] = await Promise.race([
    once(createInterface(child.stdout), 'line') as Promise<string[]>,
    ended.then(({ stderr: text }) => Promise.reject(new Error(`ended: ${text}`))),
  ])
  const { url } = JSON.parse(first!) as { url: string }
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return ended
  }
  return { url, end }
}

describe('kindred serve', () => {
  it('answers what the model answers, and ends when it is told to', async () => {
    const { url, end } = await serve()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const { body } = await ask(url, '/recommend', { user: 3, k: 4 })
    expect(body.items).toEqual(await (await loadModel(model)).recommend(3, { k: 4 }))
    expect((await ask(url, '/health', undefined, { method: 'GET' })).body.version).toBe(body.version)
    expect(await end('SIGTERM')).toEqual({ code: 0, stderr: '' })
    rmSync(path('model/events'), { recursive: true })
  })

  it('answers by a cascade whose retrieval is the served model, and refuses a declaration with a fault', async () => {
    const reranking = { steps: [{ type: 'must-not', items: [5] }] }
    const declared = write('cascade.json', JSON.stringify({ retrieval: [{ model: 'served' }], reranking }))
    const events = ['--events', path('cascade-events')]
    const { url, end } = await serve([...events, '--cascade', declared])
    const { status, body } = await ask(url, '/cascade', { user: 3, k: 39 })
    expect(status).toBe(200)
    const items = body.items.map(({ item }: { item: number }) => item)
    const all = await (await loadModel(model)).recommend(3, { k: 39 })
    expect(items).toEqual(all.map(({ item }) => item).filter((item) => item !== 5))
    expect((await end('SIGTERM')).code).toBe(0)
    const wrong = write('wrong.json', JSON.stringify({ retrieval: [{ modell: 'served' }] }))
    const failed = await kindred(['serve', '--model', model, ...events, '--cascade', wrong])
    expect(failed).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('modell') })
  })

  it('has every event that it acknowledged after kill -9', async () => {
    const { code, output } = await runScript('serve-crash', [3])
    expect(output).toMatch(/3 kills, \d+ events answered by 202, none lost/)
    expect(code).toBe(0)
  })

  it('takes a model that is saved in its folder, without a request that fails', async () => {
    const { url, end } = await serve()
    const first = (await ask(url, '/recommend', { user: 3 })).body.version
    await (await new ItemKNN({ neighbors: 3, similarity: 'jaccard' }).fit(tasteLog({ seed: 4 }))).save(model)
    const expected = new Map<string, unknown>()
    let version = first
    while (version === first) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(url, '/recommend', { user: 3 })))
      for (const { status, body } of answers) {
        expect(status).toBe(200)
        // Never two lists of one version.
        expect(body.items).toEqual(expected.get(body.version) ?? body.items)
        expected.set(body.version, body.items)
        version = body.version
      }
    }
    expect(expected.get(version)).toEqual(await (await loadModel(model)).recommend(3))
    expect(await end('SIGTERM')).toMatchObject({ code: 0, stderr: '' })
  })

  it('reads texts, titles and tokens, and logs no id', async () => {
    const items = Array.from({ length: 40 }, (_, n) => JSON.stringify({ item_id: n, title: `a story of love ${n}` }))
    const catalogue = write('items.jsonl', `${items.join('\n')}\n`)
    const encoder = resolve('test/fixtures/tiny-encoder')
    const embed = ['embed', '--encoder', encoder, '--items', catalogue, '--id', 'item_id', '--text', '{title}']
    await json([...embed, '--out', path('features')])
    const tokens = write('tokens', 'the-first-token-0001\nthe-second-token-0002\n')
    const { url, end } = await serve([
      ...['--encoder', encoder, '--features', path('features'), '--titles', catalogue],
      ...['--token-file', tokens, '--log-level', 'debug'],
    ])
    const token = 'the-second-token-0002'
    expect((await ask(url, '/search', { text: 'secret text' })).status).toBe(401)
    const { status, body } = await ask(url, '/search', { text: 'secret text', k: 2, titles: true }, { token })
    expect(status).toBe(200)
    expect(body.items[0].title).toMatch('a story of love')
    expect((await ask(url, '/recommend', { user: 'secret-user' }, { token })).status).toBe(404)
    expect((await ask(url, '/reload', undefined, { token })).status).toBe(200)
    const { code, stderr } = await end('SIGTERM')
    expect(code).toBe(0)
    expect(stderr).toMatch('"route":"/search"')
    expect(stderr).not.toMatch(/secret|token-0/)
  })

  it('says what it needs', async () => {
    const failed = async (...args: string[]) => kindred(['serve', ...args])
    expect(await failed('--model', path('nowhere'))).toMatchObject({ code: 1, stderr: expect.stringMatching('ERR_') })
    expect(await failed('--model', model, '--host', '0.0.0.0')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/tokens are needed/),
    })
    expect(await failed('--model', model, '--token-file', write('empty', ''))).toMatchObject({ code: 2 })
    expect(readFileSync(path('model/config.json'), 'utf8')).toMatch('kindred-model')
  })
})
