import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { Matrix, type WordFileFormat, WordVectors } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { code } from '../support/logs.js'

let dir: string
let count = 0
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'kindred-word-files-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function fileOf(...parts: (string | Uint8Array)[]): string {
  const path = join(dir, `file-${count++}`)
  writeFileSync(path, Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array))))
  return path
}
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer)
const FORMATS: WordFileFormat[] = ['glove', 'word2vec', 'word2vec-binary']

function someVectors(words: number, dims: number): WordVectors {
  const random = createRandom(5)
  const data = Float32Array.from({ length: words * dims }, () => random.normal() * 10 ** (random.integer(12) - 6))
  return WordVectors.from(
    Array.from({ length: words }, (_, i) => `w${i}é`),
    new Matrix(words, dims, data),
  )
}

describe.each(FORMATS)('%s', (format) => {
  it.each(['', '.gz'])('what is written is read back, to the bit, and known by its content%s', async (extension) => {
    for (const [words, dims] of [
      [1, 3],
      [700, 33],
      [400, 300],
    ] as const) {
      const vectors = someVectors(words, dims)
      const path = join(dir, `written-${format}${extension}`)
      await vectors.write(path, { format })
      if (extension === '.gz') expect(gunzipSync(readFileSync(path)).length).toBeGreaterThan(0)
      const seen: number[] = []
      const read = await WordVectors.load(path, {
        onProgress: ({ done, total }) => {
          expect(total).toBe(readFileSync(path).length)
          seen.push(done)
        },
      })
      expect(read.report).toEqual({ format, read: words, duplicates: 0, replaced: 0, blankLines: 0 })
      expect([...read.words]).toEqual([...vectors.words])
      expect(read.vectors.data).toEqual(vectors.vectors.data)
      expect(read.counts).toBeNull()
      expect(seen.at(-1)).toBe(readFileSync(path).length)
      const forced = await WordVectors.load(path, { format, maxWords: 5 })
      expect([...forced.words]).toEqual([...vectors.words].slice(0, 5))
      expect(forced.vectors.data).toEqual(vectors.vectors.data.slice(0, 5 * dims))
    }
  })

  it('ends when its signal fires', async () => {
    const path = join(dir, `aborted-${format}`)
    const dims = 500
    const numbers = format === 'word2vec-binary' ? floats(...new Array(dims).fill(0.25)) : ' 0.25'.repeat(dims)
    const head = format === 'glove' ? '' : `8000 ${dims}\n`
    const rows = Array.from({ length: 8000 }, (_, i) =>
      Buffer.concat([Buffer.from(`w${i} `), Buffer.from(numbers as Uint8Array), Buffer.from('\n')]),
    )
    writeFileSync(path, Buffer.concat([Buffer.from(head), ...rows]))
    const controller = new AbortController()
    const onProgress = () => controller.abort()
    await expect(WordVectors.load(path, { signal: controller.signal, onProgress })).rejects.toEqual(code('ERR_ABORTED'))
    await expect(someVectors(1, 2).write(path, { format, signal: AbortSignal.abort() })).rejects.toEqual(
      code('ERR_ABORTED'),
    )
    expect((await WordVectors.load(path)).size).toBe(8000)
  })
})

describe('files of others', () => {
  it('GloVe: blanks in words, a word that is a number, no line end at the end', async () => {
    const vectors = await WordVectors.load(fileOf('7 0.5 -1\n. . . 1e-3 2\r\n\nthe\t3 4.25 \nlast +1 .5'))
    expect([...vectors.words]).toEqual(['7', '. . .', 'the', 'last'])
    expect([...vectors.vectors.data]).toEqual([0.5, -1, Math.fround(1e-3), 2, 3, 4.25, 1, 0.5])
    expect(vectors.report).toMatchObject({ format: 'glove', blankLines: 1 })
  })

  it('binary as the authors write it, with a line feed after each vector, and as others do, without', async () => {
    for (const feed of ['\n', '']) {
      const path = fileOf('2 2\n', 'in ', floats(1, 2), feed, 'out ', floats(3, 4), feed)
      const vectors = await WordVectors.load(path)
      expect([...vectors.words]).toEqual(['in', 'out'])
      expect([...vectors.vectors.data]).toEqual([1, 2, 3, 4])
      expect(vectors.report).toMatchObject({ format: 'word2vec-binary' })
    }
  })

  it('the first of a word that comes twice counts; bytes that are no UTF-8 are replaced; both are told', async () => {
    const vectors = await WordVectors.load(fileOf('a 1 2\nb 3 4\na 5 6\n', new Uint8Array([0xff]), ' 7 8\nc 9 10\n'))
    expect([...vectors.words]).toEqual(['a', 'b', '\ufffd', 'c'])
    expect([...vectors.vectors.data]).toEqual([1, 2, 3, 4, 7, 8, 9, 10])
    expect(vectors.report).toMatchObject({ read: 5, duplicates: 1, replaced: 1 })
    expect((await WordVectors.load(fileOf('3 1\na 1\na 2\nb 3\n'), { maxWords: 2 })).words.size).toBe(2)
  })

  it('one dimension, and numbers that look like a header, where the format is given', async () => {
    const path = fileOf('5 3\n6 4\n')
    expect([...(await WordVectors.load(path, { format: 'glove' })).words]).toEqual(['5', '6'])
    await expect(WordVectors.load(path)).rejects.toEqual(code('ERR_DATA'))
  })

  it('a line that is longer than a piece', async () => {
    const long = 'x'.repeat(5_000_000)
    const vectors = await WordVectors.load(fileOf(`a 1 2\n${long} 3 4\nb 5 6\n`))
    expect([...vectors.words]).toEqual(['a', long, 'b'])
  })
})

describe('a file that is damaged is refused, by line and byte', () => {
  const pairs = (n: number) => Array.from({ length: n }, (_, i) => `w${i} ${i} 1\n`).join('')
  it.each<[string, () => string, string, RegExp]>([
    ['empty', () => fileOf(''), 'ERR_DATA', /line 1 \(byte 0\): expected word vectors but the file is empty/],
    ['no vectors', () => fileOf('hello\nworld\n'), 'ERR_DATA', /line 1 \(byte 0\): expected a word and 1 to/],
    [
      'a number that is none',
      () => fileOf('a 1 2\nb 1 x\n'),
      'ERR_DATA',
      /line 2 \(byte 10\): expected a number but found "x"/,
    ],
    ['nan', () => fileOf('a 1 2\nb nan 1\n'), 'ERR_DATA', /line 2 \(byte 8\): expected a number but found "nan"/],
    [
      'too few numbers',
      () => fileOf(`a 1 2\n${pairs(3000)}b 1\nc 1 2\n`),
      'ERR_DATA',
      /line 3002 \(byte \d+\): expected a word and more than 1 numbers but found "b 1"/,
    ],
    ['cut short in a line', () => fileOf('a 1 2 3\nb 1 2'), 'ERR_DATA', /line 2 \(byte 8\).*cut short/],
    [
      'fewer words than it says',
      () => fileOf('3 2\na 1 2\nb 1 2\n'),
      'ERR_DATA',
      /expected 3 words, as it says, but found 2\. The file is cut short/,
    ],
    [
      'more words than it says',
      () => fileOf('1 2\na 1 2\nb 1 2\n'),
      'ERR_DATA',
      /expected 1 words, as it says, but found 2/,
    ],
    ['no words', () => fileOf('0 2\n'), 'ERR_DATA', /at least 1 word/],
    ['no dimensions', () => fileOf('3 0\n'), 'ERR_DATA', /1 to 65536 dimensions but found 0/],
    ['a million million words', () => fileOf('999999999999 2\na 1 2\n'), 'ERR_DATA', /but found 1/],
    [
      'binary, cut short',
      () => fileOf('2 2\n', 'in ', floats(1, 2), '\nout ', floats(3)),
      'ERR_DATA',
      /word 2 of 2 \(byte 16\).*but the file ends/,
    ],
    [
      'binary, more than it says',
      () => fileOf('1 2\n', 'in ', floats(1, 2), '\nout ', floats(3, 4)),
      'ERR_DATA',
      /the end \(byte 16\)/,
    ],
    [
      'binary, not finite',
      () => fileOf('1 2\n', 'in ', floats(1, NaN), '\n'),
      'ERR_DATA',
      /word 1 of 1 \(byte 11\): expected a finite number but found NaN/,
    ],
    [
      'compressed, cut short',
      () => fileOf(gzipSync(pairs(5000)).subarray(0, 5000)),
      'ERR_DATA',
      /truncated or corrupt gzip/,
    ],
    ['no such file', () => join(dir, 'nowhere'), 'ERR_IO', /cannot be read/],
  ])('%s', async (_, path, expected, message) => {
    await expect(WordVectors.load(path())).rejects.toEqual(code(expected, message))
  })

  it('a header is needed where the format says so', async () => {
    for (const format of ['word2vec', 'word2vec-binary'] as const)
      await expect(WordVectors.load(fileOf('a 1 2\n'), { format })).rejects.toEqual(
        code('ERR_DATA', /line 1 \(byte 0\): expected a number of words and one of dimensions/),
      )
    await expect(WordVectors.load('x', { format: 'text' as never })).rejects.toEqual(code('ERR_VALUE', /'glove'/))
    await expect(WordVectors.load('x', { maxWords: 0 })).rejects.toEqual(code('ERR_VALUE', /maxWords/))
    await expect(WordVectors.load('')).rejects.toEqual(code('ERR_VALUE', /a path/))
  })

  it('words that a format cannot hold are not written, and the older file stays', async () => {
    const path = join(dir, 'kept')
    const one = new Matrix(1, 1)
    await WordVectors.from(['a'], one).write(path)
    for (const [word, format] of [
      ['a b', 'word2vec'],
      ['a\nb', 'glove'],
      [' a', 'glove'],
      ['a b', 'word2vec-binary'],
    ] as const)
      await expect(WordVectors.from([word], one).write(path, { format })).rejects.toEqual(
        code('ERR_VALUE', /words\[0\]: .* cannot be written/),
      )
    expect(readFileSync(path, 'utf8')).toBe('a 0\n')
    await expect(WordVectors.from(['a'], one).write(join(dir, 'no', 'folder'))).rejects.toEqual(code('ERR_IO'))
  })
})
