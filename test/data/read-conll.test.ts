import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readColumns } from '#lib/data/tables/read-columns.js'
import { readConll } from '#lib/data/tables/read-conll.js'
import { dir } from '../support/table-files.js'

const file = (name: string, text: string) => {
  const path = join(dir, name)
  writeFileSync(path, text)
  return path
}

describe('readConll', () => {
  it('takes the first field as the word and the last as its tag, blank lines between sentences', async () => {
    const text = '-DOCSTART- -X- O\r\n\r\nEU NNP B-ORG\r\nrejects\tVBZ\tO\r\n \r\n\r\nGerman JJ B-MISC'
    expect(await readConll(file('a.conll', text))).toEqual({
      sentences: [['EU', 'rejects'], ['German']],
      tags: [['B-ORG', 'O'], ['B-MISC']],
    })
  })

  it('takes words alone, and ends a sentence at the end of a file', async () => {
    const [one, two] = [file('b1.txt', 'a\nb'), file('b2.txt', 'c\n\n')]
    expect(await readConll([one, two])).toEqual({ sentences: [['a', 'b'], ['c']], tags: undefined })
  })

  it('names the line that has no tag, or one too many; and a file without words', async () => {
    for (const [text, part] of [
      ['a O\nb\n', /line 2: expected a word and its tag.*"b"/],
      ['a\n\nb O\n', /line 3: expected a word without a tag/],
      ['\n\n', /there are no words/],
    ] as const)
      await expect(readConll(file('c.conll', text))).rejects.toMatchObject({
        code: 'ERR_DATA',
        message: expect.stringMatching(part),
      })
  })
})

describe('readColumns', () => {
  it('gives the values of JSON as they are, of CSV their text, absent ones as null', async () => {
    const rows = '{"a":1,"b":["x",2],"c":"01"}\n{"a":12345678901234567890,"c":null}\n{"a":1.5,"b":{"d":[]},"c":true}\n'
    expect(await readColumns(file('d.jsonl', rows), ['a', 'b', 'c'])).toMatchObject({
      rows: 3,
      columns: new Map<string, unknown[]>([
        ['a', [1, '12345678901234567890', 1.5]],
        ['b', [['x', 2], null, { d: [] }]],
        ['c', ['01', null, true]],
      ]),
    })
    const { columns } = await readColumns(file('d.csv', 'a,b\n01,\n"x,y",2\n'), ['b', 'a'])
    expect([...columns]).toEqual([
      ['b', [null, '2']],
      ['a', ['01', 'x,y']],
    ])
  })

  it('names the columns that there are, and the nearest', async () => {
    await expect(readColumns(file('e.csv', 'title,plot\na,b\n'), ['titel'])).rejects.toMatchObject({
      code: 'ERR_COLUMN',
      message: expect.stringMatching(/"title", "plot"\. Did you mean "title"\?/),
    })
    await expect(readColumns(file('e.jsonl', '{"title":1}\n'), ['plot'])).rejects.toMatchObject({ code: 'ERR_COLUMN' })
    await expect(readColumns(file('f.csv', 'title\n'), ['title'])).rejects.toMatchObject({ code: 'ERR_DATA' })
  })
})
