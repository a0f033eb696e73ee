// Folders whose head is for something else: refused, or given a new head, and saved as what they then are.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CrossEncoder, TextClassifier, TokenClassifier } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { dir } from '../support/table-files.js'

const encoder = join(__dirname, '..', 'fixtures', 'tiny-bert')
const at = (name: string) => join(dir, name)
const labels = ['bad', 'good']
const config = (name: string) => JSON.parse(readFileSync(join(at(name), 'config.json'), 'utf8'))

beforeAll(async () => {
  await (await TextClassifier.load(encoder, { labels })).save(at('classes'))
  await (await TextClassifier.load(encoder, { problemType: 'regression' })).save(at('numbers'))
  await (await TokenClassifier.load(encoder, { labels: ['O', 'B-PER'] })).save(at('tags'))
})

describe('a head for something else', () => {
  it('is refused by name, with what helps', async () => {
    await expect(TextClassifier.load(at('tags'))).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringMatching(
        /^labels: .*tags holds a head for tags \(BertForTokenClassification\)\. Name the classes of/,
      ),
    })
    await expect(TokenClassifier.load(at('classes'))).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringMatching(/^labels: .*classes holds a head for classes .* Name the tags of a new one/),
    })
    await expect(TextClassifier.load(at('numbers'), { problemType: 'single-label' })).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringMatching(/^problemType: .*numbers holds a head for 'regression'/),
    })
  })

  it('gives way to a new one', async () => {
    expect((await TextClassifier.load(at('tags'), { labels })).labels).toEqual(labels)
    expect((await TokenClassifier.load(at('classes'), { labels: ['O', 'B-X', 'I-X'] })).labels).toHaveLength(3)
  })

  it('is not told of by the folder that is saved', async () => {
    expect(config('numbers').problem_type).toBe('regression')
    await (await CrossEncoder.load(at('numbers'))).save(at('pairs'))
    expect(config('pairs')).not.toHaveProperty('problem_type')
    await (await TokenClassifier.load(at('numbers'), { labels: ['O', 'B-X'] })).save(at('tags-of-numbers'))
    expect(config('tags-of-numbers')).not.toHaveProperty('problem_type')
    expect((await TextClassifier.load(at('tags-of-numbers'), { labels })).problemType).toBe('single-label')
  })

  it('of one score is kept where num_labels alone tells of it', async () => {
    const model = await CrossEncoder.load(encoder, { seed: 5 })
    await model.save(at('scored'))
    const { id2label, label2id, ...others } = config('scored')
    writeFileSync(join(at('scored'), 'config.json'), JSON.stringify({ ...others, num_labels: 1 }))
    const pairs: [string, string][] = [['the dog', 'a king']]
    expect(await (await CrossEncoder.load(at('scored'))).predict(pairs)).toEqual(await model.predict(pairs))
  })
})
