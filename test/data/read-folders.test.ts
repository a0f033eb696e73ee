import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { Catalogue, Interactions, readNegatives, type TablePath } from 'kindred'
import { describe, expect, it } from 'vitest'
import { code, columns, dir, fileFromSql } from '../support/table-files.js'

const read = (path: TablePath, options = {}) => Interactions.read(path, { ...columns, ...options })
const pairs = async (path: TablePath, options = {}) =>
  Array.from(await read(path, options), ({ user, item }) => `${user} ${item}`)

/** A new folder with these files, by their names in it. */
function folderOf(files: Record<string, string | Buffer>): string {
  const folder = mkdtempSync(join(dir, 'parts-'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

const a = 'user,item\nann,1\nbob,2\n'
const b = 'item,user\n3,cat\n'

describe('a table of several files', () => {
  it('is a list, in its order, with the columns by their names', async () => {
    const folder = folderOf({ 'a.csv': a, 'b.csv': b })
    expect(await pairs([join(folder, 'b.csv'), join(folder, 'a.csv')])).toEqual(['cat 3', 'ann 1', 'bob 2'])
    expect(await pairs([join(folder, 'b.csv')])).toEqual(['cat 3'])
    await expect(read([])).rejects.toThrow(code('ERR_VALUE', /empty list/))
    await expect(read([join(folder, 'a.csv'), 7 as never])).rejects.toThrow(code('ERR_VALUE', /path.*7/))
    await expect(read([join(folder, 'a.csv'), `${folder}/../${folder.split('/').at(-1)}/a.csv`])).rejects.toThrow(
      code('ERR_VALUE', /comes twice/),
    )
    await expect(read([join(folder, 'a.csv'), join(folder, 'c.csv')])).rejects.toThrow(
      code('ERR_IO', /c\.csv: no such file/),
    )
  })

  it('is a folder as Spark writes it, by the names of its parts', async () => {
    const folder = folderOf({
      'part-0002.csv': b,
      'part-0000.csv': a,
      'part-0001.csv': '',
      'part-0003.csv': 'user,item\n',
      'part-0004.csv.gz': gzipSync(''),
      'part-0005.csv.gz': gzipSync('user,item\ndan,4\n'),
      'part-0006.csv': '\n',
      _SUCCESS: '',
      '.part-0000.csv.crc': 'crc',
      '_temporary/0/part-0009.csv': 'broken',
      '.hidden/part.csv': 'broken',
      'part-0007.csv._COPYING_': 'broken',
    })
    expect(await pairs(folder)).toEqual(['ann 1', 'bob 2', 'cat 3', 'dan 4'])
    expect(await pairs(`${folder}/`)).toHaveLength(4)
    expect(await pairs(join(folder, '*'))).toHaveLength(4)
    expect(await pairs(join(dir, '*', 'part-0000.csv'))).toEqual(['ann 1', 'bob 2'])
  })

  it('is a folder of folders, and of Parquet or JSONL', async () => {
    const parted = folderOf({ 'day=1/part-0.csv': a, 'day=0/part-1.csv': b, '_day/part-2.csv': 'x' })
    expect(await pairs(parted)).toEqual(['cat 3', 'ann 1', 'bob 2'])
    const parquet = [
      await fileFromSql('parquet', "SELECT 'ann' AS user, 1 AS item"),
      await fileFromSql('parquet', "SELECT 2::BIGINT AS item, 'bob' AS user"),
      await fileFromSql('parquet', 'SELECT 1 AS user, 2 AS item LIMIT 0'),
    ]
    expect(await pairs(parquet)).toEqual(['ann 1', 'bob 2'])
    const seen: unknown[] = []
    await read(parquet, { onProgress: (progress: unknown) => seen.push(progress) })
    expect(seen.at(-1)).toEqual({ done: 2, total: 2 })
    const json = folderOf({ '1.jsonl': '{"user":1,"item":2}', '0.jsonl': '{"user":"x","item":1,"w":4}', '2.jsonl': '' })
    const log = await read(json, { weight: 'w' })
    expect([log.report.read, log.size]).toEqual([2, 1])
    await expect(read(json, { time: 't' })).rejects.toThrow(code('ERR_COLUMN', /"t".*"w"/))
  })

  it('is a glob', async () => {
    const folder = folderOf({
      'logs/a.csv': a,
      'logs/b.csv': b,
      'logs/_b.csv': 'x',
      'logs/.b.csv': 'x',
      'logs/c.tsv': 'user\titem\nx\t9\n',
      'logs/deep/er/d.csv': 'user,item\ndan,4\n',
      'logs/spark.csv/part-0.csv': 'user,item\neve,5\n',
      'logs/spark.csv/_SUCCESS': '',
    })
    const at = (pattern: string) => join(folder, pattern)
    expect(await pairs(at('logs/?.csv'))).toEqual(['ann 1', 'bob 2', 'cat 3'])
    expect(await pairs(at('logs/{b,a}.csv'))).toEqual(['ann 1', 'bob 2', 'cat 3'])
    expect(await pairs(at('logs/[!a].csv'))).toEqual(['cat 3'])
    expect(await pairs(at('*/deep/**/*.csv'))).toEqual(['dan 4'])
    expect(await pairs(at('logs/*.csv'))).toEqual(['ann 1', 'bob 2', 'cat 3', 'eve 5'])
    expect(await pairs(at('logs/_?.csv')).catch(({ message }) => message)).toMatch(/_b\.csv/)
    expect(await pairs([at('logs/b*.csv'), at('logs/a*.csv')])).toEqual(['cat 3', 'ann 1', 'bob 2'])
    await expect(read([at('logs/a*.csv'), at('logs/*.csv')])).rejects.toThrow(code('ERR_VALUE', /twice/))
    await expect(read(at('logs/*.parquet'))).rejects.toThrow(code('ERR_IO', /\*\.parquet: no such file.*glob/))
    await expect(read(at('none/*.csv'))).rejects.toThrow(code('ERR_IO', /glob/))
    await expect(read(folderOf({ _SUCCESS: '' }))).rejects.toThrow(code('ERR_IO', /no file that is not hidden/))
    await expect(read(folderOf({ 'a.csv': '', 'b.csv': '' }))).rejects.toThrow(
      code('ERR_DATA', /all 2 files are empty/),
    )
  })

  it('of a name with wildcards that exists is that file', async () => {
    const folder = folderOf({ 'a*.csv': b, 'ab.csv': a, 'x[1]/ab.csv': a, 'x[1]/b.csv': b, 'x1/c.csv': 'broken' })
    expect(await pairs(join(folder, 'a*.csv'))).toEqual(['cat 3'])
    expect(await pairs(join(folder, 'x[1]'))).toEqual(['ann 1', 'bob 2', 'cat 3'])
    expect(await pairs(join(folder, 'x[1]', '*.csv'))).toEqual(['ann 1', 'bob 2', 'cat 3'])
    await expect(read(join(folder, '(ab).csv'))).rejects.toThrow(code('ERR_IO', /no such file/))
    writeFileSync(join(folder, '!c(1).csv'), a)
    expect(await pairs(join(folder, '!c(*.csv'))).toEqual(['ann 1', 'bob 2'])
    await expect(read(`${'x'.repeat(300)}*.csv`)).rejects.toThrow(code('ERR_IO', /glob/))
  })

  it('is a file: URL, as text or object, also of another realm', async () => {
    const folder = folderOf({ 'a b%.csv': a, 'c.csv': b })
    const url = pathToFileURL(join(folder, 'a b%.csv'))
    const foreign = { href: url.href, protocol: 'file:', toString: () => url.href } as URL
    for (const path of [url, url.href, foreign, [url]])
      expect(await pairs(path), String(path)).toEqual(['ann 1', 'bob 2'])
    expect(await pairs(pathToFileURL(folder))).toHaveLength(3)
    expect(await pairs(`${pathToFileURL(folder).href}/*.csv`)).toHaveLength(3)
    for (const path of [
      'https://example.com/a.csv',
      's3://bucket/a.csv',
      new URL('https://example.com'),
      'file://host/a',
    ])
      await expect(read(path)).rejects.toThrow(code('ERR_VALUE', /file: URL/))
  })

  it('agrees in columns and format', async () => {
    const folder = folderOf({
      'a.csv': a,
      'more.csv': 'user,item,w\n1,2,3\n',
      'less.csv': 'user\n1\n',
      'other.csv': 'user,film\n1,2\n',
      'b.tsv': 'user\titem\n',
      'x.json': '{}',
    })
    const withA = (name: string) => read([join(folder, 'a.csv'), join(folder, name)])
    await expect(withA('more.csv')).rejects.toThrow(code('ERR_COLUMN', /more\.csv.*has "w" too/))
    await expect(withA('less.csv')).rejects.toThrow(code('ERR_COLUMN', /less\.csv: there is no column "item"/))
    await expect(withA('other.csv')).rejects.toThrow(code('ERR_COLUMN', /other\.csv: there is no column "item"/))
    await expect(withA('b.tsv')).rejects.toThrow(code('ERR_DATA', /b\.tsv: expected csv/))
    await expect(withA('x.json')).rejects.toThrow(code('ERR_VALUE', /x\.json.*format/))
    const types = [
      await fileFromSql('parquet', 'SELECT 1 AS user, 2 AS item'),
      await fileFromSql('parquet', "SELECT '1' AS user, 2 AS item"),
    ]
    await expect(read(types)).rejects.toThrow(code('ERR_COLUMN', /"user" has type VARCHAR, but INTEGER in/))
  })

  it('has ids of one type over all files, and errors with the file and its row', async () => {
    const folder = folderOf({ '0.csv': 'user,item\n1,1\n', '1.csv': 'user,item\n007,1\n' })
    expect([...(await read(folder)).users]).toEqual(['1', '007'])
    writeFileSync(join(folder, '2.csv'), 'user,item\n8,1\n8,1,9\n')
    await expect(read(folder)).rejects.toThrow(code('ERR_DATA', /2\.csv: .*line 3: expected 2 fields but found 3/))
    const json = folderOf({
      '0.jsonl': '{"user":1,"item":1}\n',
      '1.jsonl': '{"user":2,"item":1}\n{"user":1.5,"item":1}\n',
    })
    await expect(read(json)).rejects.toThrow(code('ERR_COLUMN', /1\.jsonl: column "user" holds "1.5" in row 2/))
  })

  it.skipIf(process.platform === 'win32')('holds no file twice, be it through a link', async () => {
    const folder = folderOf({ '0.csv': a })
    symlinkSync(join(folder, '0.csv'), join(folder, 'latest.csv'))
    for (const path of [folder, `${folder}/*.csv`, ['0.csv', 'latest.csv'].map((name) => join(folder, name))])
      await expect(read(path)).rejects.toThrow(code('ERR_VALUE', /latest\.csv comes twice/))
    expect(await pairs(join(folder, 'latest.csv'))).toEqual(['ann 1', 'bob 2'])
  })

  it('is read by Catalogue.read', async () => {
    const folder = folderOf({ '0.jsonl': '{"id":1,"t":"one"}\n', '1.jsonl': '{"id":2,"t":null}\n{"id":3,"t":"x"}' })
    const catalogue = await Catalogue.read(folder, { id: 'id', text: '{t}' })
    expect([[...catalogue.ids], catalogue.texts]).toEqual([
      [1, 2, 3],
      ['one', '', 'x'],
    ])
    await expect(Catalogue.read(folder, { id: 'id', text: '{title}' })).rejects.toThrow(code('ERR_COLUMN', /"title"/))
    writeFileSync(join(folder, '2.jsonl'), '{"id":9,"t":""}\n{"id":1,"t":""}\n')
    await expect(Catalogue.read(`${folder}/*.jsonl`, { id: 'id', text: '{t}' })).rejects.toThrow(
      code('ERR_DUPLICATE', /2\.jsonl: item 1 comes twice \(second time in row 2\)/),
    )
  })

  it('is read by the readers of lines', async () => {
    const lines = folderOf({ '1.txt': 'ann 3\n', '0.txt': 'ann 1 2\nbob 2\n', _SUCCESS: '' })
    const log = await Interactions.read(lines, { format: 'user-items' })
    expect(Array.from(log, ({ user, item }) => `${user} ${item}`)).toEqual(['ann 1', 'ann 2', 'bob 2', 'ann 3'])
    const counted = folderOf({ '0.txt': '1 5\n', '1.txt': '1 6\n2 7\n' })
    await expect(Interactions.read(counted, { format: 'user-items', firstField: 'count' })).rejects.toThrow(
      code('ERR_DATA', /1\.txt: line 2 says "2"/),
    )
    const negatives = folderOf({ '0.neg': '(1,2) 3\n', '1.neg': '(2,3) 4 5\n' })
    expect([...(await readNegatives(pathToFileURL(negatives))).negatives]).toEqual([
      [1, [3]],
      [2, [4, 5]],
    ])
    writeFileSync(join(negatives, '2.neg'), '\n(2,3) 4\n')
    await expect(readNegatives(`${negatives}/*.neg`)).rejects.toThrow(code('ERR_DUPLICATE', /2\.neg: line 2/))
  })
})
