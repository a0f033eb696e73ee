import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
// @ts-expect-error plain JavaScript
import { makeReaders } from '../../assets/classics/make-readers.mjs'
import { json, kindred } from './run.js'

interface Book {
  id: string
  title: string
  subjects: string[]
  description: string
}

const lines = (name: string) => readFileSync(`assets/classics/${name}`, 'utf8').trim().split('\n')
const books: Book[] = lines('books.jsonl').map((line) => JSON.parse(line))

describe('the classics', () => {
  it('are at least 300 books, each described in 40 to 80 words of its own', () => {
    expect(books.length).toBeGreaterThanOrEqual(300)
    expect(new Set(books.map(({ id }) => id)).size).toBe(books.length)
    const sentences = new Set<string>()
    for (const { title, description } of books) {
      const words = description.split(/\s+/).length
      expect(words, title).toBeGreaterThanOrEqual(40)
      expect(words, title).toBeLessThanOrEqual(80)
      for (const sentence of description.split(/(?<=[.!?])\s+/)) {
        expect(sentences.has(sentence), `${title}: ${sentence}`).toBe(false)
        sentences.add(sentence)
      }
    }
  })

  it('have readers that the generator remakes exactly', () => {
    expect(makeReaders(books)).toBe(readFileSync('assets/classics/readers.csv', 'utf8'))
  })
})

describe('kindred quickstart', () => {
  it('shows that text and behaviour are understood', async () => {
    const { metrics, gain, coldBooks, readers, newBook, similar, log } = await json(['quickstart'])
    expect(log).toMatchObject({ readers: 600, synthetic: true })
    expect(gain.low).toBeGreaterThan(0)
    expect(metrics.popularity['hitRate@10'].low).toBeGreaterThan(metrics.random['hitRate@10'].value)
    expect(coldBooks.byDescription.low).toBeGreaterThan(coldBooks.byShuffledDescriptions.high)
    expect(coldBooks.byShuffledDescriptions.low).toBeLessThan(coldBooks.random.high)
    expect(readers).toHaveLength(3)
    for (const { read, recommended } of readers) for (const { title } of recommended) expect(read).not.toContain(title)
    expect(newBook.readers).toHaveLength(5)
    expect(similar.items).toHaveLength(5)
  })

  it('takes a book of yours and prints for a person', async () => {
    const { code, stdout } = await kindred(['quickstart', '--title', 'Deep', '--text', 'A whale sinks a ship at sea.'])
    expect(code).toBe(0)
    expect(stdout).toContain('A new book without readers: "Deep"')
    expect(stdout).toContain('SYNTHETIC')
  })
})
