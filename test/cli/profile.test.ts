import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { json, kindred, workFolder } from './run.js'

const { path, write } = workFolder()
const TABLE = 'test/fixtures/profile/current.csv'
const REFERENCE = 'test/fixtures/profile/reference.csv'

describe('kindred profile', () => {
  it('prints what is in a table, and what has changed', async () => {
    const { code, stdout, stderr } = await kindred(['profile', '--table', TABLE, '--against', REFERENCE])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^test\/fixtures\/profile\/current\.csv: 183 rows, 7 columns, 3 rows twice\n/)
    expect(stdout).toMatch(/^column +type +missing +distinct +min +median/m)
    expect(stdout).toMatch(/^price +number +13 % /m)
    expect(stdout).toMatch(/^sold +timestamp +0 +\d+ +2024-01-02 /m)
    expect(stdout).toMatch(/^Drift against test\/fixtures\/profile\/reference\.csv, 240 rows$/m)
    expect(stdout).toMatch(/^price +strong +0\.\d{4}/m)
    expect(stdout).toMatch(/^Strongest correlations, of 183 rows$/m)
    expect(stdout).toMatch(/^- price has drifted: strong/m)
  })

  it('prints it as one JSON document', async () => {
    const profile = await json(['profile', '--table', TABLE, '--against', REFERENCE, '--bins', 5])
    expect(profile).toMatchObject({ table: TABLE, rows: 183, duplicates: 3, drift: { against: REFERENCE, rows: 240 } })
    expect(profile.columns.map(({ name }: { name: string }) => name)).toEqual([
      ...['price', 'stars', 'kind', 'gift', 'weight', 'sold', 'code'],
    ])
    expect(profile.drift.columns[0].bins).toHaveLength(6)
  })

  it('writes a page, and takes the options of tables', async () => {
    const table = write('t.csv', 'a;b\n1;x\n2;y\n')
    const args = ['profile', '--table', table, '--delimiter', ';', '--select', 'b', '--html', path('p.html')]
    const { columns } = await json(args)
    expect(columns).toMatchObject([{ name: 'b', distinct: 2 }])
    expect(readFileSync(path('p.html'), 'utf8')).toMatch(/^<!doctype html>/)
  })

  it('lets no value steer the terminal', async () => {
    const table = write('t.jsonl', `${JSON.stringify({ 'a\u001b[31m\u009bx': '\u001b]0;title\u0007' })}\n`.repeat(3))
    const { stdout } = await kindred(['profile', '--table', table])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  })

  it('fails with the error of the table, and writes nothing then', async () => {
    const html = path('none.html')
    for (const args of [
      ['--table', path('none.csv')],
      ['--table', TABLE, '--against', path('none.csv')],
    ]) {
      const { code, stderr, stdout } = await kindred(['profile', ...args, '--html', html])
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/^kindred: .*none\.csv: no such file.* \[ERR_IO\]\n$/)
    }
    const unwritable = await kindred(['profile', '--table', TABLE, '--html', path('nowhere/p.html')])
    expect(unwritable).toMatchObject({ code: 1, stderr: expect.stringMatching(/ERR_IO/) })
    expect(existsSync(html)).toBe(false)
  })
})
