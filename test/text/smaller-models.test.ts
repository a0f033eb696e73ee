// Students of taggers, cross-encoders and sentence encoders, and these with less of each layer.
import { join } from 'node:path'
import { CrossEncoder, SentenceEncoder, TextClassifier, TokenClassifier, type TrainingOptions } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { sentences } from '../support/sentences.js'
import { dir } from '../support/table-files.js'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')
const quick: TrainingOptions = { epochs: 12, batchSize: 8, learningRate: 5e-3, seed: 3 }
const [seen, held] = [sentences.slice(0, 32), sentences.slice(32, 48)]
const words = (texts: readonly string[]) => texts.map((text) => text.split(' '))
const tagsOf = (texts: readonly string[]) =>
  words(texts).map((own) => own.map((word, n) => (word.length > 4 ? 'B-LONG' : n % 2 === 0 ? 'O' : 'B-ODD')))
const pairsOf = (texts: readonly string[]) =>
  texts.map((text, n): [string, string] => [text, texts[(n * 7 + 3) % texts.length]!])
const scoresOf = (texts: readonly string[]) => pairsOf(texts).map(([a, b]) => (a.length < b.length ? 0.9 : 0.2))

/** What a model says of texts that it has not seen, as numbers. */
interface Subject<Model> {
  name: string
  make(): Promise<Model>
  says(model: Model): Promise<number[]>
  distill(model: Model, options: object): Promise<Model>
  prune(model: Model, options: object): Promise<Model>
  again(path: string): Promise<Model>
}

type Saved = { save(dir: string): Promise<void>; history: readonly { loss: number }[] }

const tagger: Subject<TokenClassifier> = {
  name: 'TokenClassifier',
  async make() {
    const model = await TokenClassifier.load(folder, { labels: ['O', 'B-LONG', 'B-ODD'], seed: 1 })
    return model.fit(words(seen), tagsOf(seen), quick)
  },
  async says(model) {
    const tags = await model.predict(words(held))
    return tags.flat().map((tag) => model.labels.indexOf(tag))
  },
  distill: (model, options) => model.distill(words(seen), options),
  prune: (model, options) => model.prune(words(seen), tagsOf(seen), options),
  again: (path) => TokenClassifier.load(path),
}
const ranker: Subject<CrossEncoder> = {
  name: 'CrossEncoder',
  async make() {
    return (await CrossEncoder.load(folder, { seed: 1 })).fit(pairsOf(seen), scoresOf(seen), quick)
  },
  says: async (model) => [...(await model.predict(pairsOf(held)))],
  distill: (model, options) => model.distill(pairsOf(seen), options),
  prune: (model, options) => model.prune(pairsOf(seen), scoresOf(seen), options),
  again: (path) => CrossEncoder.load(path),
}
const encoder: Subject<SentenceEncoder> = {
  name: 'SentenceEncoder',
  async make() {
    return (await SentenceEncoder.load(folder)).fit(pairsOf(seen), { ...quick, epochs: 2, scores: scoresOf(seen) })
  },
  says: async (model) => [...(await model.embed(held)).data],
  distill: (model, options) => model.distill(seen, options),
  prune: (model, options) => model.prune(pairsOf(seen), options),
  again: (path) => SentenceEncoder.load(path),
}

function distance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, n) => sum + (value - b[n]!) ** 2, 0)
}

describe.each([tagger, ranker, encoder] as unknown as Subject<Saved>[])('$name', (subject) => {
  let teacher: Saved
  let said: number[]
  beforeAll(async () => {
    teacher = await subject.make()
    said = await subject.says(teacher)
  })

  it('teaches a student of fewer layers, which is nearer to it than those layers were', async () => {
    const options = { ...quick, epochs: 25, layers: [0] }
    const untaught = await subject.distill(teacher, { ...options, epochs: 1, learningRate: 0 })
    const student = await subject.distill(teacher, options)
    expect(student.history.at(-1)!.loss).toBeLessThan(0.95 * student.history[0]!.loss)
    const [before, after] = [await subject.says(untaught), await subject.says(student)]
    // Tags are too few to tell what was learnt; the loss is of their logits.
    if (subject.name !== 'TokenClassifier') expect(distance(after, said)).toBeLessThan(0.8 * distance(before, said))
    expect(await subject.says(teacher)).toEqual(said)
    const out = join(dir, `student-${subject.name}`)
    await student.save(out)
    expect(await subject.says(await subject.again(out))).toEqual(after)
  })

  it('teaches a student of yours, and refuses one of another class', async () => {
    const student = await subject.distill(teacher, { ...quick, epochs: 1 })
    expect(await subject.distill(teacher, { ...quick, epochs: 1, student })).toBe(student)
    const other = await TextClassifier.load(folder, { labels: ['bad', 'good'] })
    for (const [options, part] of [
      [{ student: other }, 'student'],
      [{ student: teacher }, 'student'],
      [{ student, layers: [0] }, 'layers'],
      [{ layers: [5] }, 'layers'],
      [{ softWeight: 0, stateWeight: 0 }, 'softWeight'],
      [{ labels: [] }, 'labels'],
    ] as const)
      await expect(subject.distill(teacher, options)).rejects.toMatchObject({
        code: 'ERR_VALUE',
        message: expect.stringContaining(part),
      })
  })

  it.each(['gradient', 'weights'] as const)('is pruned by %s, and trained and saved again', async (by) => {
    expect(await subject.says(await subject.prune(teacher, { by }))).toEqual(said)
    const pruned = await subject.prune(teacher, { by, heads: 0.5, columns: 0.5, batchSize: 8 })
    const after = await subject.says(pruned)
    const { config } = (pruned as unknown as { source: { folder: { config: { inner: number; removed: number[][] } } } })
      .source.folder
    const whole = (teacher as unknown as { source: { folder: { config: { inner: number } } } }).source.folder.config
    expect(config.inner).toBe(whole.inner / 2)
    expect(config.removed.flat().length).toBeGreaterThan(0)
    expect(await subject.says(teacher)).toEqual(said)
    const out = join(dir, `pruned-${subject.name}-${by}`)
    await pruned.save(out)
    expect(await subject.says(await subject.again(out))).toEqual(after)
  })
})

it('a tagger with a random field is pruned, and teaches nobody', async () => {
  const model = await TokenClassifier.load(folder, { labels: ['O', 'B-LONG', 'B-ODD'], crf: true, seed: 1 })
  await expect(model.distill(words(seen))).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
  const pruned = await model.prune(words(seen), tagsOf(seen), { heads: 0.5 })
  expect(await pruned.predict(words(held))).toHaveLength(held.length)
  expect(pruned.crf).toBe(true)
})

it('labels are learnt beside the teacher, and choose the best epoch', async () => {
  const teacher = await tagger.make()
  const validation = { sentences: words(held), tags: tagsOf(held) }
  const student = await teacher.distill(words(seen), { ...quick, tags: tagsOf(seen), validation })
  expect(student.history.every(({ validation: judged }) => judged!.f1 >= 0)).toBe(true)
  const scored = await (await ranker.make()).distill(pairsOf(seen), { ...quick, epochs: 2, scores: scoresOf(seen) })
  expect(scored.history).toHaveLength(2)
  await expect(teacher.distill(words(seen), { hardWeight: 1 })).rejects.toMatchObject({ code: 'ERR_VALUE' })
})
