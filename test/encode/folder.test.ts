import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LoadEncoderOptions, TextEmbedder } from 'kindred'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { program } from './processes.js'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kindred-encoder-'))
  await cp('test/fixtures/tiny-encoder', dir, { recursive: true })
})
afterEach(() => rm(dir, { recursive: true }))

const write = (name: string, content: unknown) => writeFile(join(dir, name), JSON.stringify(content))
const remove = (...names: string[]) => Promise.all(names.map((name) => rm(join(dir, name), { recursive: true })))

// biome-ignore lint/suspicious/noExplicitAny: whatever the file holds
type Json = any

async function edit(name: string, change: (content: Json) => void): Promise<void> {
  const content = JSON.parse(await readFile(join(dir, name), 'utf8'))
  change(content)
  await write(name, content)
}

/** Overwrites a token's embedding in the model file with NaN. */
async function poison(token: string): Promise<void> {
  const { model } = JSON.parse(await readFile(join(dir, 'tokenizer.json'), 'utf8'))
  const path = join(dir, 'onnx', 'model.onnx')
  const bytes = await readFile(path)
  // An initializer ends in its name and raw data: field 9, a varint length, then [vocabulary, 32] floats.
  const name = bytes.lastIndexOf('token_embedding') + 'token_embedding'.length
  expect(bytes[name]).toBe(0x4a)
  let data = name + 1
  while (bytes[data++]! & 0x80);
  for (let d = 0; d < 32; d++) bytes.writeFloatLE(Number.NaN, data + 4 * (32 * model.vocab[token] + d))
  await writeFile(path, bytes)
}

async function settings(options?: LoadEncoderOptions) {
  const encoder = await TextEmbedder.load(dir, options)
  encoder.dispose()
  const { pooling, normalize, maxTokens } = encoder
  return { pooling, normalize, maxTokens }
}

const refusal = (message: RegExp, options?: LoadEncoderOptions) =>
  expect(TextEmbedder.load(dir, options)).rejects.toMatchObject({
    code: 'ERR_ENCODER',
    message: expect.stringMatching(message),
  })

describe('a damaged file is refused, not read as something else', () => {
  it.each([2 ** 40, -1, 1.5, 'x', null])('tokenizer.json with the id %s', async (id) => {
    await edit('tokenizer.json', ({ model }) => {
      model.vocab.love = id
    })
    await refusal(/"love"/)
  })

  it.each([2 ** 31, 'x'])('tokenizer.json with an added token of the id %s', async (id) => {
    await edit('tokenizer.json', (json) => {
      json.added_tokens.push({ content: '[NEW]', id })
    })
    await refusal(/\[NEW\]/)
  })

  it.each([null, 5, 'Transformer'])('modules.json with the module %s', async (module) => {
    await edit('modules.json', (modules) => modules.push(module))
    await refusal(/modules\.json: expected objects, each a module/)
  })
})

describe('what a folder says', () => {
  it('rules', async () => {
    expect(await settings()).toEqual({ pooling: 'mean', normalize: true, maxTokens: 64 })
    await write('sentence_bert_config.json', { max_seq_length: 20 })
    await write('1_Pooling/config.json', { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false })
    await edit('modules.json', (modules) => modules.pop())
    expect(await settings()).toEqual({ pooling: 'cls', normalize: false, maxTokens: 20 })
    await write('1_Pooling/config.json', { pooling_mode: 'max' })
    expect((await settings()).pooling).toBe('max')
  })

  it('has defaults where sentence-transformers wrote nothing', async () => {
    await remove('sentence_bert_config.json', 'modules.json', '1_Pooling')
    expect(await settings()).toEqual({ pooling: 'mean', normalize: false, maxTokens: 64 })
    await edit('tokenizer_config.json', (config) => {
      config.model_max_length = 48
    })
    expect((await settings()).maxTokens).toBe(48)
    await remove('tokenizer_config.json')
    await edit('config.json', (config) => {
      config.max_position_embeddings = 40
    })
    expect((await settings()).maxTokens).toBe(40)
    await write('config.json', { model_type: 'roberta', max_position_embeddings: 34, pad_token_id: 1 })
    expect((await settings()).maxTokens).toBe(32)
    await write('config.json', {})
    expect((await settings()).maxTokens).toBe(512)
  })

  it('is lowercasing where sentence_bert_config.json asks for it', async () => {
    await edit('tokenizer.json', (json) => {
      json.normalizer.lowercase = false
    })
    const cased = await TextEmbedder.load(dir)
    await write('sentence_bert_config.json', { max_seq_length: 64, do_lower_case: true })
    const lowered = await TextEmbedder.load(dir)
    expect(await lowered.tokenize(['LOVE'])).toEqual(await cased.tokenize(['love']))
    expect(await lowered.tokenize(['LOVE'])).not.toEqual(await cased.tokenize(['LOVE']))
    cased.dispose()
    lowered.dispose()
  })

  it('puts the default prompt before each text', async () => {
    const prompts = { query: 'a story of ' }
    await write('config_sentence_transformers.json', { prompts, default_prompt_name: null })
    const plain = await TextEmbedder.load(dir)
    await write('config_sentence_transformers.json', { prompts, default_prompt_name: 'query' })
    const prompted = await TextEmbedder.load(dir)
    expect(await prompted.tokenize(['love'])).toEqual(await plain.tokenize(['a story of love']))
    plain.dispose()
    prompted.dispose()
    await write('config_sentence_transformers.json', { prompts, default_prompt_name: 'other' })
    await refusal(/no prompt "other"/)
  })

  it('finds the model in the folder itself, and variants by dtype', async () => {
    await rename(join(dir, 'onnx', 'model.onnx'), join(dir, 'model.onnx'))
    await settings()
    await rename(join(dir, 'model.onnx'), join(dir, 'onnx', 'model_quantized.onnx'))
    await settings({ dtype: 'int8' })
    await refusal(/no model for dtype 'fp32' \(looked for onnx\/model.onnx.*There are: onnx\/model_quantized.onnx/)
  })
})

describe('a folder that is no encoder', () => {
  it('says what was looked for', async () => {
    await remove('tokenizer.json', 'onnx')
    await refusal(
      /looked for tokenizer.json, config.json and onnx\/model.onnx .* not find tokenizer.json, onnx\/model.onnx/,
    )
    await expect(TextEmbedder.load(join(dir, 'nowhere'))).rejects.toMatchObject({ code: 'ERR_ENCODER' })
  })

  it.each([
    ['a dense module', 'modules.json', [{ type: 'sentence_transformers.models.Dense', path: '2_Dense' }], /Dense/],
    ['modules that are no list', 'modules.json', { type: 'Transformer' }, /expected a list of modules/],
    ['an unknown pooling', '1_Pooling/config.json', { pooling_mode: ['mean', 'sum'] }, /found "sum"/],
    ['an unknown pooling', '1_Pooling/config.json', { pooling_mode_sum: true }, /"pooling_mode_sum": not known/],
    ['no pooling', '1_Pooling/config.json', {}, /found none/],
    ['a config that is no object', 'config.json', [], /config.json: expected a JSON object/],
    ['a tokenizer that is none', 'tokenizer.json', { model: { type: 'Magic' } }, /tokenizer.json is no tokenizer/],
    ['a length without room', 'sentence_bert_config.json', { max_seq_length: 2 }, /2 tokens leaves no room/],
  ])('%s', async (_, name, content, message) => {
    await write(name, content)
    await refusal(message)
  })

  it('broken files', async () => {
    const model = join(dir, 'onnx', 'model.onnx')
    const bytes = await readFile(model)
    await writeFile(model, bytes.subarray(0, 30_000))
    await refusal(/model.onnx does not load/)
    await writeFile(model, '')
    await refusal(/model.onnx does not load/)
    await writeFile(model, bytes)
    await writeFile(join(dir, 'tokenizer.json'), '{')
    await refusal(/tokenizer.json is no tokenizer/)
    await writeFile(join(dir, 'config.json'), '{')
    await refusal(/config.json is not valid JSON/)
  })
})

describe('a model that goes wrong', () => {
  it('by numbers that are not finite: the text is named, and the encoder goes on', async () => {
    await poison('robot')
    const encoder = await TextEmbedder.load(dir)
    const texts = Array(700).fill('a story of love')
    texts[601] = 'a robot'
    await expect(encoder.embed(texts)).rejects.toMatchObject({
      code: 'ERR_ENCODER',
      message: expect.stringMatching(/^texts\[601\]: .*not finite/),
    })
    await expect(encoder.embed(['robot '.repeat(200)], { truncation: 'chunk' })).rejects.toThrow(/not finite/)
    expect((await encoder.embed(['love'])).vectors.rows).toBe(1)
    encoder.dispose()
  })

  it('by failing: a typed error for that call, and the encoder goes on', async () => {
    await edit('tokenizer.json', (json) => {
      json.model.vocab.robot = 99_999
    })
    const encoder = await TextEmbedder.load(dir)
    const [failed, served] = await Promise.allSettled([encoder.embed(['a robot']), encoder.embed(['love'])])
    expect(failed).toMatchObject({
      reason: { code: 'ERR_ENCODER', message: expect.stringMatching(/model.onnx failed/) },
    })
    expect(served).toMatchObject({ status: 'fulfilled' })
    encoder.dispose()
  })
})

it('without onnxruntime-node, the error names the command that adds it', async () => {
  const { ended, output } = program(`
    const Module = require('node:module')
    const resolve = Module._resolveFilename
    Module._resolveFilename = (name, ...rest) => {
      if (name === 'onnxruntime-node') throw Object.assign(new Error('no such module'), { code: 'MODULE_NOT_FOUND' })
      return resolve(name, ...rest)
    }
    await TextEmbedder.load(folder).catch((error) => console.log(error.code, error.message))`)
  expect(await ended).toBe(0)
  expect(output()).toMatch(/^ERR_ENCODER .*ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node/)
})
