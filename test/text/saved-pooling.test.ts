// A sentence encoder pools as its folder says, unless told otherwise.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SentenceEncoder } from 'kindred'
import { expect, it } from 'vitest'
import { dir } from '../support/table-files.js'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')
const texts = ['the man and his dog', 'a king']

it('of a folder is what was saved', async () => {
  const encoder = await SentenceEncoder.load(folder, { pooling: 'cls' })
  const saved = join(dir, 'cls')
  await encoder.save(saved)
  const again = await SentenceEncoder.load(saved)
  expect(again.pooling).toBe('cls')
  expect(await again.embed(texts)).toEqual(await encoder.embed(texts))
  expect((await SentenceEncoder.load(saved, { pooling: 'mean' })).pooling).toBe('mean')
  expect((await SentenceEncoder.load(folder)).pooling).toBe('mean')
})

it('of another kind is refused, unless one is given', async () => {
  const other = join(dir, 'max')
  await (await SentenceEncoder.load(folder)).save(other)
  mkdirSync(join(other, '1_Pooling'), { recursive: true })
  writeFileSync(join(other, '1_Pooling', 'config.json'), JSON.stringify({ pooling_mode: 'max' }))
  await expect(SentenceEncoder.load(other)).rejects.toMatchObject({
    code: 'ERR_ENCODER',
    message: expect.stringMatching(
      /expected 'mean', 'cls' or 'attention' but found "max"; the option pooling takes its place/,
    ),
  })
  expect((await SentenceEncoder.load(other, { pooling: 'mean' })).pooling).toBe('mean')
})
