import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ENCODER, itemsJsonl, json, kindred, logCsv, trainArgs, workFolder } from './run.js'

const { dir, path, write } = workFolder()
const log = write('log.csv', logCsv())
const items = write('items.jsonl', itemsJsonl())
const model = path('model')
const whole = path('whole')
const empty = write('empty.csv', '')

beforeAll(async () => {
  mkdirSync(path('folder'))
  await json(trainArgs(log, model, '--factors', 4, '--split', 'random'))
  await json(trainArgs(log, whole, '--factors', 4))
})

/** The command fails with exit code 1 and a line on standard error, or a JSON document with --json. */
async function refused(args: readonly (string | number)[], code: string, message: RegExp) {
  const plain = await kindred(args)
  expect(plain, plain.stderr).toMatchObject({ code: 1, stdout: '' })
  expect(plain.stderr).toMatch(message)
  expect(plain.stderr).toMatch(new RegExp(`^kindred: .*\\[${code}\\]\\n$`, 's'))
  const { code: exit, stdout, stderr } = await kindred([...args, '--json'])
  expect({ exit, stderr }).toEqual({ exit: 1, stderr: '' })
  expect(JSON.parse(stdout)).toEqual({ error: { code, message: expect.stringMatching(message) } })
}

const weightsOf = (folder: string) => join(folder, readdirSync(folder).find((name) => name.endsWith('.safetensors'))!)

function copyOf(name: string): string {
  cpSync(model, path(name), { recursive: true })
  return path(name)
}

describe('train', () => {
  const out = path('none')
  const train = (file: string, ...more: (string | number)[]) => trainArgs(file, out, ...more)
  it.each<[string, (string | number)[], string, RegExp]>([
    ['a missing file', train(path('no.csv')), 'ERR_IO', /no\.csv: no such file/],
    ['an empty file', train(empty), 'ERR_DATA', /the file is empty/],
    ['a file of the header only', train(write('header.csv', 'user,item\n')), 'ERR_DATA', /at least one interaction/],
    ['an unknown extension', train(write('log.txt', 'x')), 'ERR_VALUE', /\.csv, \.tsv, \.jsonl/],
    ['a missing column', train(log, '--time', 'when'), 'ERR_COLUMN', /"when".*"user", "item", "time"/],
    ['factors 0', train(log, '--factors', 0), 'ERR_VALUE', /factors: expected an integer from 1 to 4096 .* 0/],
    ['absurd factors', train(log, '--factors', 1e9), 'ERR_VALUE', /factors: .*1000000000/],
    ['no iterations', train(log, '--iterations', 0), 'ERR_VALUE', /iterations: /],
    ['a negative penalty', train(log, '--regularization', -1), 'ERR_VALUE', /regularization: /],
    ['an absurd share', train(log, '--split', 'random', '--fraction', 2), 'ERR_VALUE', /fraction: /],
    [
      'a split of no rows',
      train(log, '--split', 'leave-k-out', '--leave', 0),
      'ERR_VALUE',
      /^(kindred: )?--leave: .* 0/,
    ],
    [
      'a split of users with no rows',
      train(log, '--split', 'users', '--split-min', 0),
      'ERR_VALUE',
      /^(kindred: )?--split-min: .* 0/,
    ],
    [
      'a seed of nothing',
      train(log, '--split', 'leave-k-out', '--split-seed', 1),
      'ERR_VALUE',
      /^(kindred: )?--split-seed: .*choose/,
    ],
    ['a split by no time', train(log, '--split', 'time'), 'ERR_VALUE', /time/],
    ['a k-core of nothing', train(log, '--min-user', 1000), 'ERR_DATA', /at least one interaction/],
    ['vectors that are none', train(log, '--items', path('folder')), 'ERR_MODEL_FILE', /config\.json/],
    ['vectors that are a model', train(log, '--items', path('model')), 'ERR_MODEL_FILE', /"kindred-model"/],
  ])('refuses %s, and writes nothing', async (_, args, code, message) => {
    await refused(args, code, message)
    expect(existsSync(out)).toBe(false)
  })

  it('refuses an output that is a file, or a folder of something else', async () => {
    await refused(trainArgs(log, items), 'ERR_IO', /items\.jsonl: not a folder/)
    await refused(trainArgs(log, ENCODER), 'ERR_IO', /Choose another folder/)
    expect(readFileSync(items, 'utf8')).toBe(itemsJsonl())
    // Before any work: the missing log is not even looked for.
    await refused(trainArgs(path('no.csv'), ENCODER), 'ERR_IO', /Choose another folder/)
  })
})

describe('a model folder', () => {
  it.each<[string, () => string, RegExp]>([
    ['that does not exist', () => path('nowhere'), /nowhere: no such folder/],
    ['that is no model', () => path('folder'), /holds no config\.json/],
    ['that is a file', () => log, /a file, not a folder/],
    [
      'that was cut short',
      () => {
        const folder = copyOf('short')
        truncateSync(weightsOf(folder), 100)
        return folder
      },
      /truncated/,
    ],
    [
      'that was altered',
      () => {
        const folder = copyOf('altered')
        const bytes = readFileSync(weightsOf(folder))
        bytes[bytes.length - 3]! ^= 1
        writeFileSync(weightsOf(folder), bytes)
        return folder
      },
      /altered/,
    ],
    [
      'of a newer version',
      () => {
        const folder = copyOf('newer')
        const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))
        writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, version: 99 }))
        return folder
      },
      /newer kindred/,
    ],
  ])('%s is refused', async (_, make, message) => {
    const folder = make()
    await refused(['recommend', '--model', folder, '--user', 1], 'ERR_MODEL_FILE', message)
    await refused(['similar', '--model', folder, '--item', 1], 'ERR_MODEL_FILE', message)
    await refused(['evaluate', '--model', folder], 'ERR_MODEL_FILE', message)
  })
})

describe('evaluate', () => {
  it('refuses a model trained without --split', async () => {
    await refused(['evaluate', '--model', whole], 'ERR_MODEL_FILE', /Train with --split/)
  })

  it('refuses the held-out interactions of another model', async () => {
    const folder = path('mixed')
    cpSync(whole, folder, { recursive: true })
    cpSync(join(model, 'held-out'), join(folder, 'held-out'), { recursive: true })
    await refused(['evaluate', '--model', folder], 'ERR_MODEL_FILE', /belong to another model/)
  })

  it('refuses held-out interactions that were altered', async () => {
    const folder = copyOf('held')
    truncateSync(weightsOf(join(folder, 'held-out')), 64)
    await refused(['evaluate', '--model', folder], 'ERR_MODEL_FILE', /truncated/)
  })

  it('says that nothing was held out', async () => {
    const out = path('nothing')
    await json(trainArgs(log, out, '--factors', 4, '--split', 'random', '--fraction', 0))
    await refused(['evaluate', '--model', out], 'ERR_DATA', /nothing was held out by --split random {"fraction":0}/)
  })

  it('refuses a file that cannot be written, before any work', async () => {
    const args = (file: string) => ['evaluate', '--model', path('nowhere'), '--per-user', file]
    await refused(args(path('no/figures.jsonl')), 'ERR_IO', /figures\.jsonl: cannot be written: .*no such file/)
    await refused(args(path('folder')), 'ERR_IO', /folder: cannot be written: it is a folder/)
    await refused(args(join(log, 'figures.jsonl')), 'ERR_IO', /figures\.jsonl: cannot be written: .*not a folder/)
  })

  it('refuses lists of no length', async () => {
    await refused(['evaluate', '--model', model, '--k', 0], 'ERR_VALUE', /k: expected an integer of at least 1/)
  })
})

describe('recommend and similar', () => {
  it.each<[string, (string | number)[], string, RegExp]>([
    ['an unknown user', ['recommend', '--user', 999], 'ERR_UNKNOWN_ID', /user.*999/],
    ['a user of another type', ['recommend', '--user', 'ann'], 'ERR_UNKNOWN_ID', /"ann"/],
    ['an unknown item of a history', ['recommend', '--history', '1,999'], 'ERR_UNKNOWN_ID', /999/],
    ['an unknown exclusion', ['recommend', '--user', 1, '--exclude', 'seen,997'], 'ERR_UNKNOWN_ID', /997.*--exclude/],
    ['an unknown candidate', ['recommend', '--user', 1, '--candidates', '998'], 'ERR_UNKNOWN_ID', /998/],
    ['an unknown item', ['similar', '--item', 999], 'ERR_UNKNOWN_ID', /item.*999/],
    ['titles without the field', ['similar', '--item', 1, '--titles', items], 'ERR_COLUMN', /"item_id".*"id"/],
    ['titles that are missing', ['similar', '--item', 1, '--titles', path('no.csv')], 'ERR_IO', /no such file/],
  ])('refuse %s', async (_, args, code, message) => {
    await refused([...args, '--model', model], code, message)
  })
})

describe('embed', () => {
  const out = path('vectors')
  const embed = (options: Record<string, string>) =>
    Object.entries({ encoder: ENCODER, items, id: 'id', text: '{title}', out, ...options })
      .flatMap(([name, value]) => [`--${name}`, value])
      .toSpliced(0, 0, 'embed')
  it.each<[string, Record<string, string>, string, RegExp]>([
    ['a folder that is no encoder', { encoder: path('folder') }, 'ERR_ENCODER', /tokenizer\.json|config\.json/],
    ['no folder', { encoder: path('nowhere') }, 'ERR_ENCODER', /nowhere/],
    ['weights that are not there', { dtype: 'q4' }, 'ERR_ENCODER', /model\.onnx/],
    ['a prompt that is not there', { 'prompt-name': 'title' }, 'ERR_VALUE', /promptName: expected one of "query"/],
    ['dimensions that are not there', { dims: '33' }, 'ERR_VALUE', /dims: expected an integer from 1 to 32/],
    ['a missing field', { text: '{name}' }, 'ERR_COLUMN', /"name".*"title"/],
    ['a missing id', { id: 'film' }, 'ERR_COLUMN', /"film".*"id"/],
    ['a template that does not close', { text: '{title' }, 'ERR_VALUE', /text/],
    ['a folder of something else', { out: ENCODER, items: 'no.csv' }, 'ERR_IO', /Choose another folder/],
    ['an empty file', { items: empty }, 'ERR_DATA', /empty/],
    [
      'text beyond the encoder',
      { text: Array(40).fill('{plot}').join(' '), truncation: 'error' },
      'ERR_TRUNCATED',
      /tokens/,
    ],
  ])('refuses %s, and writes nothing', async (_, options, code, message) => {
    await refused(embed(options), code, message)
    expect(existsSync(out)).toBe(false)
  })
})

it('no failure left anything behind', () => {
  const names = readdirSync(dir, { recursive: true }).map(String)
  expect(names.filter((name) => /\.tmp$|kindred-lock/.test(name))).toEqual([])
})
