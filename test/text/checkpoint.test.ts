// Trainings that are interrupted, by an abort, by kill -9 or by a full disk, and go on.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MaskedLanguageModel, SentenceEncoder, setThreads, TextClassifier, type TrainingOptions } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { labels, sentences } from '../support/sentences.js'
import { dir } from '../support/table-files.js'

/** The tiny model with dropout. */
const folder = join(dir, 'dropping')
const validation = { texts: sentences.slice(0, 20), labels: labels.slice(0, 20) }
const [texts, own] = [sentences.slice(20), labels.slice(20)]
const quick = { epochs: 3, batchSize: 8, learningRate: 5e-3, seed: 3 }
type Options = TrainingOptions & { validation?: typeof validation }
let folders = 0
const newFolder = () => join(dir, `checkpoint-${folders++}`)

beforeAll(() => {
  const tiny = join(__dirname, '..', 'fixtures', 'tiny-bert')
  cpSync(tiny, folder, { recursive: true })
  const path = join(folder, 'config.json')
  const config = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...config, hidden_dropout_prob: 0.1 }))
})

const make = () => TextClassifier.load(folder, { labels: ['bad', 'good'], seed: 1 })

async function outcome(model: TextClassifier) {
  const scores = (await model.predict(sentences)).map(({ scores }) => [...scores])
  const epochs = model.history.map(({ seconds: _, ...rest }) => rest)
  return { scores, epochs, losses: [...model.history.losses], learningRates: [...model.history.learningRates] }
}

async function fit(options: Options) {
  const model = await make()
  await model.fit(texts, own, { ...quick, ...options })
  return outcome(model)
}

/** A fit that is aborted after a step. */
async function interrupted(after: number, options: Options): Promise<number> {
  const controller = new AbortController()
  const model = await make()
  const before = await model.predict(sentences)
  let steps = 0
  const onProgress = ({ step }: { step: number }) => {
    steps++
    if (step === after) controller.abort()
  }
  await expect(
    model.fit(texts, own, { ...quick, ...options, signal: controller.signal, onProgress }),
  ).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  expect(await model.predict(sentences)).toEqual(before)
  return steps
}

const variants: Record<string, Options> = {
  'as it is by default': {},
  'with a validation, averages, several batches a step and another optimiser': {
    validation,
    averaging: 0.9,
    accumulation: 2,
    batchSize: 4,
    optimizer: 'adagrad',
    learningRate: 0.02,
    schedule: 'plateau',
    plateau: { patience: 0 },
  },
  'with little patience': { validation, patience: 1, epochs: 6, learningRate: 2e-2, schedule: 'constant' },
  'with an adapter': { adapter: { kind: 'lora', rank: 2 }, validation, learningRate: 2e-2 },
  'with adaptive ranks': { adapter: { kind: 'adalora', rank: 2 }, validation, learningRate: 2e-2 },
}

describe.each(Object.entries(variants))('a training %s', (_, options) => {
  it('ends with the same bits when it was interrupted, between epochs and within them', async () => {
    const expected = await fit(options)
    const checkpoint = newFolder()
    await interrupted(7, { ...options, checkpoint })
    await interrupted(8, { ...options, checkpoint })
    setThreads(1)
    expect(await fit({ ...options, checkpoint })).toEqual(expected)
    setThreads(2)
    const within = newFolder()
    const often = { ...options, checkpoint: within, checkpointEvery: 2 }
    expect(await interrupted(4, often)).toBe(4)
    expect(await interrupted(7, often)).toBe(7 - 2)
    expect(await fit(often)).toEqual(expected)
  })

  it('is not repeated once it has ended', async () => {
    const checkpoint = newFolder()
    const expected = await fit({ ...options, checkpoint })
    const onProgress = () => {
      throw new Error('a step')
    }
    const model = await make()
    await model.fit(texts, own, { ...quick, ...options, checkpoint, onProgress })
    expect(await outcome(model)).toEqual(expected)
    if (options.validation) expect(String(model.history[0]!.validation)).toContain('macro F1')
  })
})

describe('other models', () => {
  it('go on, too', async () => {
    const sentenceEncoder = async (more: TrainingOptions) => {
      const model = await SentenceEncoder.load(folder)
      return model.fit(texts, { loss: 'simcse', ...quick, ...more })
    }
    const languageModel = async (more: TrainingOptions) => {
      const model = await MaskedLanguageModel.load(folder, { seed: 1 })
      return model.fit(texts, { ...quick, validation: validation.texts, ...more })
    }
    for (const run of [sentenceEncoder, languageModel]) {
      const checkpoint = newFolder()
      const expected = [...(await run({})).history.losses]
      const onProgress = ({ step }: { step: number }) => {
        if (step === 7) throw new Error('stop')
      }
      await expect(run({ checkpoint, onProgress })).rejects.toThrow('stop')
      expect([...(await run({ checkpoint })).history.losses]).toEqual(expected)
    }
  })
})

describe('a checkpoint', () => {
  it('of another training is refused, with what differs', async () => {
    const checkpoint = newFolder()
    await interrupted(6, { checkpoint })
    const before = readFileSync(join(checkpoint, 'config.json'))
    for (const [part, run] of [
      ['learningRate was 0.005 and is 0.01', async () => fit({ checkpoint, learningRate: 0.01 })],
      ['epochs was 3 and is 4', async () => fit({ checkpoint, epochs: 4 })],
      ['optimizer was adamw and is sgd', async () => fit({ checkpoint, optimizer: 'sgd' })],
      ['frozen', async () => fit({ checkpoint, frozen: (name) => name.startsWith('embeddings.') })],
      ['learningRateFactor', async () => fit({ checkpoint, learningRateFactor: () => 0.5 })],
      ['judged by differs', async () => fit({ checkpoint, validation })],
      ['learns from', async () => (await make()).fit(texts.slice(1), own.slice(1), { ...quick, checkpoint })],
      ['learns from', async () => (await make()).fit(texts, own.toReversed(), { ...quick, checkpoint })],
      [
        'weights that it begins with',
        async () => {
          const other = await TextClassifier.load(folder, { labels: ['bad', 'good'], seed: 2 })
          return other.fit(texts, own, { ...quick, checkpoint })
        },
      ],
    ] as const) {
      await expect(run()).rejects.toMatchObject({
        code: 'ERR_VALUE',
        message: expect.stringMatching(new RegExp(`^checkpoint: .*${part}`)),
      })
      expect(readFileSync(join(checkpoint, 'config.json'))).toEqual(before)
    }
  })

  it('that is damaged is refused', async () => {
    const checkpoint = newFolder()
    await interrupted(6, { checkpoint })
    const file = readdirSync(checkpoint).find((name) => name.endsWith('.safetensors'))!
    const bytes = readFileSync(join(checkpoint, file))
    bytes[bytes.length - 5]! ^= 1
    writeFileSync(join(checkpoint, file), bytes)
    await expect(fit({ checkpoint })).rejects.toMatchObject({ code: 'ERR_MODEL_FILE' })
    writeFileSync(join(checkpoint, 'config.json'), '{')
    await expect(fit({ checkpoint })).rejects.toMatchObject({ code: 'ERR_IO' })
  })

  it('is not written over something else, or where it cannot be', async () => {
    const file = join(dir, 'a-file')
    writeFileSync(file, 'x')
    const other = newFolder()
    mkdirSync(other)
    writeFileSync(join(other, 'config.json'), '{}')
    for (const checkpoint of [file, join(file, 'below'), other]) {
      const model = await make()
      const before = await model.predict(texts)
      await expect(model.fit(texts, own, { ...quick, checkpoint })).rejects.toMatchObject({ code: 'ERR_IO' })
      expect(await model.predict(texts)).toEqual(before)
    }
    expect(readFileSync(join(other, 'config.json'), 'utf8')).toBe('{}')
  })
})

describe('a process', () => {
  const script = join('test', 'stress', 'scripts', 'fit-with-checkpoint.mjs')
  const options = { ...quick, validation, averaging: 0.9, checkpointEvery: 1 }
  const data = join(dir, 'fit.json')
  beforeAll(() => writeFileSync(data, JSON.stringify({ folder, texts, labels: own, options })))

  /** @param killAfter ms after it began to train, when it is killed; @param limit blocks of 512 bytes that it may write to a file */
  function run(checkpoint: string, { killAfter, limit }: { killAfter?: number; limit?: number } = {}) {
    const command = limit === undefined ? 'exec "$0" "$@"' : `ulimit -f ${limit}; exec "$0" "$@"`
    const child = spawn('sh', ['-c', command, process.execPath, script, checkpoint, data], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    return new Promise<{ signal: string | null; last: Record<string, unknown> | undefined }>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        const isFirst = output === ''
        output += chunk
        if (isFirst && killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter)
      })
      child.on('close', (_, signal) => {
        const last = output.trim().split('\n').at(-1)!
        resolve({ signal, last: last.startsWith('{') ? JSON.parse(last) : undefined })
      })
    })
  }

  it.skipIf(process.platform === 'win32')(
    'may be killed at any moment',
    async () => {
      const { last: expected } = await run(newFolder())
      expect(expected).toHaveProperty('state')
      const checkpoint = newFolder()
      let kills = 0
      for (let killAfter = 30; ; killAfter *= 1.5) {
        const { signal, last } = await run(checkpoint, { killAfter })
        if (signal === 'SIGKILL') {
          kills++
          continue
        }
        expect(last).toEqual(expected)
        break
      }
      expect(kills).toBeGreaterThan(3)
      // What a killed writer left behind is gone once another has written.
      expect(readdirSync(checkpoint).filter((name) => name.endsWith('.tmp'))).toEqual([])
    },
    60_000,
  )

  it.skipIf(process.platform === 'win32')(
    'whose disk is full fails with the model as it was and the checkpoint before in place',
    async () => {
      const checkpoint = newFolder()
      await interrupted(4, { ...options, checkpoint })
      const names = readdirSync(checkpoint).sort()
      const weights = names.find((name) => name.endsWith('.safetensors'))!
      const { size } = statSync(join(checkpoint, weights))
      const { last } = await run(checkpoint, { limit: Math.floor(size / 1024) })
      expect(last).toMatchObject({ code: 'ERR_IO', isAsBefore: true })
      expect(readdirSync(checkpoint).sort()).toEqual(names)
      const { last: whole } = await run(checkpoint)
      expect(whole).toEqual((await run(newFolder())).last)
      rmSync(checkpoint, { recursive: true })
      expect(existsSync(checkpoint)).toBe(false)
    },
    60_000,
  )
})

it.each(['state', 'identity'])('a checkpoint whose config.json has no %s is damaged', async (key) => {
  const checkpoint = newFolder()
  await fit({ epochs: 1, checkpoint })
  const path = join(checkpoint, 'config.json')
  const { [key]: _, ...rest } = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify(rest))
  await expect(fit({ epochs: 1, checkpoint })).rejects.toMatchObject({ code: 'ERR_MODEL_FILE' })
})
