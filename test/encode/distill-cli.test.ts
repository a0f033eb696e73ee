import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { StaticEmbedder } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const teacher = 'test/fixtures/tiny-encoder'
let folder: string
const distill = (...args: string[]) =>
  run(process.execPath, ['dist/cli/main.js', 'distill', '--encoder', teacher, '--out', join(folder, 'out'), ...args])

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kindred-'))
  await writeFile(join(folder, 'a.txt'), 'love and war\r\n\n  \nthe sea\nthe king of the city\n')
  await writeFile(join(folder, 'b.jsonl'), '{"id":1,"title":"Ghost","plot":"a winter"}\n{"id":2,"title":"River"}\n')
})
afterAll(() => rm(folder, { recursive: true }))

describe('kindred distill', () => {
  it('learns from lines and from rows, and saves an encoder that reads', async () => {
    const corpora = [join(folder, 'a.txt'), join(folder, 'b.jsonl')]
    const options = ['--text', '{title}. {plot}', '--dims', '8', '--epochs', '2', '--augment', '1', '--json']
    const { stdout } = await distill('--corpus', ...corpora, ...options)
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({ corpus: { texts: 5, made: 5 }, settings: { dims: 8, epochs: 2, augment: 1 } })
    const encoder = await StaticEmbedder.load(join(folder, 'out'))
    const { vectors } = await encoder.embed(['love and war'])
    expect(vectors.cols).toBe(8)
    expect(Math.hypot(...vectors.row(0))).toBeCloseTo(1, 5)
  })

  it.each([
    [['--corpus', 'b.jsonl'], /--text/],
    [['--corpus', 'absent.txt'], /absent\.txt cannot be read/],
    [['--corpus', 'a.txt', '--dims', '64'], /dims: expected an integer from 1 to 32/],
    [['--corpus', 'a.txt', '--dims', 'many'], /Expected a number/],
  ])('refuses %j', async ([flag, file, ...rest], message) => {
    const error = await distill(flag!, join(folder, file!), ...rest).catch((e) => e)
    expect(error.code).toBeGreaterThan(0)
    expect(error.stderr).toMatch(message)
    expect(error.stderr).not.toMatch(/^\s+at /m)
  })
})
