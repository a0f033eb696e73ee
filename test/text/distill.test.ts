// A smaller classifier that learns from a larger one.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MaskedLanguageModel, setThreads, TextClassifier, type TrainingOptions } from 'kindred'
import { Graph, Program, Weights } from 'kindred/nn'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { matchedLayers, studentLayers } from '#lib/text/compress/distill-options.js'
import { distillationLoss, TEACHER_LOGITS, teacherState } from '#lib/text/compress/distillation-loss.js'
import { random } from '../support/numbers.js'
import { labels, sentences } from '../support/sentences.js'
import { dir } from '../support/table-files.js'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')
const quick: TrainingOptions = { epochs: 10, batchSize: 8, learningRate: 5e-3, seed: 3 }
const [seen, held] = [sentences.slice(0, 40), sentences.slice(40)]
let teacher: TextClassifier

async function scoresOf(model: TextClassifier, texts: readonly string[]): Promise<number[]> {
  return (await model.predict(texts)).flatMap(({ scores }) => [...scores])
}

/** Mean divergence of what a student says of texts from what its teacher says. */
async function divergence(student: TextClassifier, texts: readonly string[]): Promise<number> {
  const [p, q] = [await scoresOf(teacher, texts), await scoresOf(student, texts)]
  return p.reduce((sum, value, n) => sum + value * Math.log(value / q[n]!), 0) / texts.length
}

const weightsOf = (model: unknown) => (model as { source: { weights: Weights } }).source.weights
const newStudent = () => TextClassifier.load(folder, { labels: ['bad', 'good'], seed: 5 })

beforeAll(async () => {
  teacher = await TextClassifier.load(folder, { labels: ['bad', 'good'], seed: 1 })
  await teacher.fit(seen, labels.slice(0, 40), { ...quick, epochs: 8 })
})

afterEach(() => setThreads(2))

describe('distill', () => {
  it('begins with layers of the teacher, and with nothing learnt is these', async () => {
    const student = await teacher.distill(seen, { ...quick, layers: [1], epochs: 1, learningRate: 0 })
    const [own, from] = [weightsOf(student), weightsOf(teacher)]
    for (const [name, source] of [
      ['embeddings.word_embeddings.weight', 'embeddings.word_embeddings.weight'],
      ['encoder.layer.0.output.dense.weight', 'encoder.layer.1.output.dense.weight'],
      ['encoder.layer.0.attention.self.key.bias', 'encoder.layer.1.attention.self.key.bias'],
      ['pooler.dense.weight', 'pooler.dense.weight'],
      ['classifier.weight', 'classifier.weight'],
    ] as const)
      expect(await own.read(name)).toEqual(await from.read(source))
    expect(own.has('encoder.layer.1.output.dense.weight')).toBe(false)
  })

  it.each([
    {},
    { stateWeight: 0 },
    { softWeight: 0, hardWeight: 0, stateWeight: 1 },
    { states: 'cosine' },
    { temperature: 1, stateWeight: 0 },
  ] as const)('brings a student nearer to its teacher on texts that it has not seen: %j', async (options) => {
    const all = []
    for (const threads of [1, 3]) {
      setThreads(threads)
      const before = await teacher.distill(seen, { ...quick, ...options, layers: [0], epochs: 1, learningRate: 0 })
      const student = await teacher.distill(seen, { ...quick, ...options, layers: [0] })
      expect(student.history.at(-1)!.loss).toBeLessThan(student.history[0]!.loss)
      expect(await divergence(student, held)).toBeLessThan(0.5 * (await divergence(before, held)))
      all.push(await scoresOf(student, held))
    }
    expect(all[1]).toEqual(all[0])
  })

  it('leaves the teacher as it is', async () => {
    const before = await scoresOf(teacher, held)
    await teacher.distill(seen, { ...quick, epochs: 2 })
    expect(await scoresOf(teacher, held)).toEqual(before)
  })

  it('makes a student that is judged, saved and trained as others are', async () => {
    const validation = { texts: held, labels: labels.slice(40) }
    const student = await teacher.distill(seen, { ...quick, labels: labels.slice(0, 40), validation })
    expect(student.history.every(({ validation: judged }) => judged!.accuracy >= 0)).toBe(true)
    const out = join(dir, 'student')
    await student.save(out)
    expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))).toMatchObject({ num_hidden_layers: 1 })
    const again = await TextClassifier.load(out)
    expect(await scoresOf(again, held)).toEqual(await scoresOf(student, held))
    await again.fit(seen, labels.slice(0, 40), { ...quick, epochs: 1 })
  })

  it('trains a student of yours, of another size', async () => {
    const path = join(dir, 'small')
    const language = await MaskedLanguageModel.create(folder, { dims: 24, layers: 1, heads: 2, dropout: 0, seed: 1 })
    await language.save(path)
    const student = await TextClassifier.load(path, { labels: ['bad', 'good'] })
    const before = await divergence(student, held)
    await expect(teacher.distill(seen, { ...quick, student })).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringContaining('stateWeight'),
    })
    const options = { ...quick, epochs: 30, learningRate: 1e-2 }
    expect(await teacher.distill(seen, { ...options, student, stateWeight: 0 })).toBe(student)
    expect(await divergence(student, held)).toBeLessThan(0.8 * before)
  })

  it('is as it was after an error', async () => {
    const student = await newStudent()
    const before = await scoresOf(student, held)
    const onProgress = ({ step }: { step: number }) => {
      if (step === 3) throw new Error('of the caller')
    }
    await expect(teacher.distill(seen, { ...quick, student, onProgress })).rejects.toThrow('of the caller')
    expect(await scoresOf(student, held)).toEqual(before)
    await expect(teacher.predict(held)).resolves.toHaveLength(held.length)
  })

  it('refuses what it cannot do', async () => {
    const other = await TextClassifier.load(folder, { labels: ['good', 'bad'] })
    for (const [options, part] of [
      [{ layers: [] }, 'layers'],
      [{ layers: [1, 0] }, 'layers'],
      [{ layers: [0, 2] }, 'layers'],
      [{ layers: 1 }, 'layers'],
      [{ temperature: 0 }, 'temperature'],
      [{ softWeight: -1 }, 'softWeight'],
      [{ hardWeight: 1 }, 'hardWeight'],
      [{ softWeight: 0, stateWeight: 0 }, 'softWeight'],
      [{ states: 'both' }, 'states'],
      [{ labels: ['good'] }, 'labels'],
      [{ student: teacher }, 'student'],
      [{ student: {} }, 'student'],
      [{ student: other }, 'student'],
      [{ student: await newStudent(), layers: [0] }, 'layers'],
      [{ rdrop: {} }, 'rdrop'],
    ] as const)
      await expect(teacher.distill(seen, options as never)).rejects.toMatchObject({
        code: 'ERR_VALUE',
        message: expect.stringContaining(part),
      })
    await expect(teacher.distill([])).rejects.toMatchObject({ code: 'ERR_VALUE' })
    const path = join(dir, 'lowercase')
    cpSync(folder, path, { recursive: true })
    const tokenizer = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8'))
    const { vocab } = tokenizer.model
    const [king, queen] = [vocab.king, vocab.queen]
    Object.assign(vocab, { king: queen, queen: king })
    writeFileSync(join(path, 'tokenizer.json'), JSON.stringify(tokenizer))
    const student = await TextClassifier.load(path, { labels: ['bad', 'good'] })
    await expect(teacher.distill(['the king'], { student })).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringContaining('tokens'),
    })
  })
})

describe('distillationLoss', () => {
  it.each(['squared', 'cosine'] as const)('is what the papers say, %s', async (kind) => {
    const [rows, classes, dims] = [3, 4, 5]
    const next = random(4)
    const draw = (count: number) => Float32Array.from({ length: count }, () => 4 * next() - 2)
    const graph = new Graph(new Weights())
    const [logits, one, two] = [
      graph.input('logits', [rows, classes]),
      graph.input('one', [6, dims]),
      graph.input('two', [6, dims]),
    ]
    const weights = { temperature: 2.5, soft: 0.7, hard: 0.2, states: 3 }
    const loss = distillationLoss(graph, logits, [one, two], weights, kind)
    const given = {
      logits: draw(12),
      one: draw(30),
      two: draw(30),
      [TEACHER_LOGITS]: draw(12),
      [teacherState(0)]: draw(30),
      [teacherState(1)]: draw(30),
      labels: Int32Array.of(2, 0, 3),
    }
    const [value] = await new Program(graph, [loss]).run(given, {})
    const shares = (of: Float32Array, row: number, t: number) => {
      const all = [...of.subarray(row * classes, (row + 1) * classes)].map((each) => Math.exp(each / t))
      const sum = all.reduce((a, b) => a + b)
      return all.map((each) => each / sum)
    }
    let expected = 0
    for (let row = 0; row < rows; row++) {
      const [p, q] = [shares(given[TEACHER_LOGITS]!, row, 2.5), shares(given.logits, row, 2.5)]
      for (let n = 0; n < classes; n++) expected += (0.7 * 2.5 ** 2 * p[n]! * Math.log(p[n]! / q[n]!)) / rows
      expected -= (0.2 * Math.log(shares(given.logits, row, 1)[given.labels[row]!]!)) / rows
    }
    for (const [a, b] of [
      [given.one, given[teacherState(0)]!],
      [given.two, given[teacherState(1)]!],
    ] as const)
      for (let row = 0; row < 6; row++) {
        const [x, y] = [a, b].map((all) => [...all.subarray(row * dims, (row + 1) * dims)])
        const dot = (u: number[], v: number[]) => u.reduce((sum, each, n) => sum + each * v[n]!, 0)
        const squares = x!.reduce((sum, each, n) => sum + (each - y![n]!) ** 2, 0) / dims
        const cosine = dot(x!, y!) / Math.sqrt(dot(x!, x!) * dot(y!, y!))
        expected += ((3 / 2) * (kind === 'squared' ? squares : 1 - cosine)) / 6
      }
    expect(value![0]).toBeCloseTo(expected, 4)
  })
})

it('layers of students', () => {
  expect(studentLayers(undefined, 6)).toEqual([0, 2, 4])
  expect(studentLayers(undefined, 5)).toEqual([0, 2, 4])
  expect(studentLayers(undefined, 1)).toEqual([0])
  expect(matchedLayers(3, 6)).toEqual([1, 3, 5])
  expect(matchedLayers(2, 5)).toEqual([2, 4])
  expect(matchedLayers(4, 2)).toEqual([0, 0, 1, 1])
})
