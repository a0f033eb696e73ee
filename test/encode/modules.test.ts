import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { AttentionPooling, type EmbedOptions, loadEmbedder, StaticEmbedder, TextEmbedder } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { POOLING_MODES } from '#lib/encode/pooling/pooling-modes.js'
import { readEncoderConfig } from '#lib/encode/transformer/encoder-config.js'
import { type Content, golden, writeFolder } from './golden-folders.js'

let root: string
let folders = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kindred-modules-'))
})
afterAll(() => rm(root, { recursive: true }))

const filesOf = (name: string) => golden.variants.find((variant) => variant.name === name)!.files
const write = (files: Record<string, Content>, before?: string) =>
  writeFolder(join(root, String(folders++)), files, before)
const load = async (name: string, more: Record<string, Content> = {}) =>
  TextEmbedder.load(await write({ ...filesOf(name), ...more }))

const mean = { word_embedding_dimension: 8, pooling_mode_mean_tokens: true }
const types = (...all: string[]) => all.map((type, i) => ({ idx: i, name: String(i), path: `${i}`, type }))
const modules = (...kinds: string[]) => {
  const list = types(...kinds.map((kind) => `sentence_transformers.models.${kind}`))
  list[0]!.path = ''
  return list
}
const dense = { in_features: 8, out_features: 2, activation_function: 'torch.nn.modules.activation.Tanh' }
const weights = { 'linear.weight': new Array(2).fill(new Array(8).fill(0.5)), 'linear.bias': [1, -1] }
/** Transformer, Pooling, Dense. */
const withDense: Record<string, Content> = {
  'modules.json': modules('Transformer', 'Pooling', 'Dense'),
  '1/config.json': mean,
  '2/config.json': dense,
  '2/model.safetensors': { floats: weights },
}

function expectClose(a: ArrayLike<number>, b: ArrayLike<number>): void {
  expect(a.length).toBe(b.length)
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThanOrEqual(1e-5)
}

/** A safetensors file of the tensors of `withDense`, each number as these bytes in `dtype`. */
function denseOf(dtype: string, half: number[], one: number[], minusOne: number[]): Buffer {
  const size = one.length
  const header = JSON.stringify({
    'linear.weight': { dtype, shape: [2, 8], data_offsets: [0, 16 * size] },
    'linear.bias': { dtype, shape: [2], data_offsets: [16 * size, 18 * size] },
  })
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, Buffer.from(header), Buffer.from([...new Array(16).fill(half), one, minusOne].flat())])
}

it.each<[string, number[], number[], number[]]>([
  ['F16', [0x00, 0x38], [0x00, 0x3c], [0x00, 0xbc]],
  ['BF16', [0x00, 0x3f], [0x80, 0x3f], [0x80, 0xbf]],
  ['F64', [0, 0, 0, 0, 0, 0, 0xe0, 0x3f], [0, 0, 0, 0, 0, 0, 0xf0, 0x3f], [0, 0, 0, 0, 0, 0, 0xf0, 0xbf]],
])('weights of a Dense of type %s are those of 32 bits', async (dtype, ...bytes) => {
  const folder = await write(withDense)
  const vectors = async () => {
    await using encoder = await TextEmbedder.load(folder)
    return (await encoder.embed(golden.texts)).vectors.data
  }
  const expected = await vectors()
  await writeFile(join(folder, '2/model.safetensors'), denseOf(dtype, ...(bytes as [number[], number[], number[]])))
  expect(await vectors()).toEqual(expected)
})

describe('a folder that cannot be run as sentence-transformers does is refused', () => {
  it.each<[string, Record<string, Content>, RegExp]>([
    ['no module', { 'modules.json': [] }, /expected a Transformer as the first module but found none/],
    [
      'another first',
      { 'modules.json': modules('StaticEmbedding', 'Normalize') },
      /first module but found .*StaticEmb/,
    ],
    ['a router', { 'modules.json': modules('Transformer', 'Router', 'Pooling') }, /type .*Router cannot be run here/],
    ['weighted words', { 'modules.json': modules('Transformer', 'WordWeights') }, /WordWeights cannot be run here/],
    ['own code', { 'modules.json': types('custom_st.Transformer') }, /first module but found custom_st\.Transformer/],
    ['a class of no package', { 'modules.json': types('Transformer') }, /first module but found Transformer/],
    ['two transformers', { 'modules.json': modules('Transformer', 'Transformer') }, /Transformer cannot be run here/],
    [
      'no pooling',
      { 'modules.json': modules('Transformer', 'Normalize'), '1/config.json': null },
      /expected a module Pooling but found none/,
    ],
    [
      'vectors before there are any',
      {
        '1/config.json': dense,
        'modules.json': modules('Transformer', 'Dense', 'Dense'),
        '1/model.safetensors': { floats: weights },
      },
      /a Dense of vectors stands before the Pooling/,
    ],
    [
      'a name twice',
      { 'modules.json': modules('Transformer', 'Pooling', 'Dense').map((module) => ({ ...module, name: 'x' })) },
      /two modules have the name "x"/,
    ],
    [
      'a path that is none',
      { 'modules.json': [{ ...modules('Transformer')[0], path: 5 }] },
      /texts, but found .* and 5/,
    ],
    ['no config of the pooling', { '1/config.json': null }, /1\/config.json: it is missing/],
    ['a strange key of pooling', { '1/config.json': { ...mean, scale: 2 } }, /"scale": not known here/],
    [
      'a flag that is none',
      { '1/config.json': { ...mean, include_prompt: 'no' } },
      /include_prompt: expected true or false/,
    ],
    ['no modes', { '1/config.json': { ...mean, pooling_mode: [] } }, /expected pooling modes out of mean/],
    ['a strange key of Dense', { '2/config.json': { ...dense, rank: 4 } }, /"rank": not known here/],
    [
      'a strange activation',
      { '2/config.json': { ...dense, activation_function: 'torch.nn.modules.activation.Softmax' } },
      /Softmax" cannot be run\. Supported, of torch\.nn: Identity, Tanh/,
    ],
    ['own code', { '2/config.json': { ...dense, activation_function: 'my.Tanh' } }, /the activation "my\.Tanh"/],
    ...[null, 5, ['torch.nn.Tanh'], 'torch.nn.functional.tanh', 'torch.nn.modules.a.b.Tanh', ' torch.nn.Tanh'].map(
      (given): [string, Record<string, Content>, RegExp] => [
        `the activation ${JSON.stringify(given)}`,
        { '2/config.json': { ...dense, activation_function: given } },
        /the activation .* cannot be run/,
      ],
    ),
    ['a strange place', { '2/config.json': { ...dense, module_input_name: 'x' } }, /from "x" to "x" cannot be run/],
    [
      'another place',
      { '2/config.json': { ...dense, module_output_name: 'token_embeddings' } },
      /from "sentence_embedding" to "token_embeddings" cannot be run/,
    ],
    ['sizes', { '2/config.json': { ...dense, out_features: 0 } }, /out_features: expected a positive integer/],
    ['no weights', { '2/model.safetensors': null }, /model\.safetensors, the weights of this module, is missing/],
    ['weights of PyTorch', { '2/model.safetensors': null, '2/pytorch_model.bin': {} }, /writes model\.safetensors/],
    ['broken weights', { '2/model.safetensors': { x: 1 } }, /not a readable safetensors file/],
    [
      'weights of another shape',
      { '2/model.safetensors': { floats: { ...weights, 'linear.bias': [1] } } },
      /expected the tensors linear\.bias \[2\], linear\.weight \[2, 8\] but found linear\.bias \[1\]/,
    ],
    [
      'more weights',
      { '2/model.safetensors': { floats: { ...weights, more: [1] } } },
      /but found linear\.bias \[2\], linear\.weight \[2, 8\], more \[1\]/,
    ],
    [
      'vectors of another length',
      { '1/config.json': { ...mean, pooling_mode_cls_token: true } },
      /Dense .* takes vectors of 8 dimensions, but these have 16/,
    ],
    [
      'a strange key',
      { 'sentence_bert_config.json': { max_length: 9 } },
      /sentence_bert_config.*"max_length": not known/,
    ],
    [
      'a length',
      { 'sentence_bert_config.json': { max_seq_length: '9' } },
      /max_seq_length: expected a positive number/,
    ],
    [
      'a task',
      { 'sentence_bert_config.json': { transformer_task: 'fill-mask' } },
      /transformer_task: expected "feature-extraction" but found "fill-mask"/,
    ],
    [
      'a chat template',
      { 'sentence_bert_config.json': { modality_config: { text: {}, message: {} } } },
      /chat template \(message\)/,
    ],
    [
      'another output',
      {
        'sentence_bert_config.json': {
          modality_config: { text: { method: 'forward', method_output_name: 'pooler_output' } },
        },
      },
      /its output "last_hidden_state" but found "forward" and "pooler_output"/,
    ],
    [
      'settings of texts',
      { 'sentence_bert_config.json': { processing_kwargs: { text: {} } } },
      /expected none but found text/,
    ],
    ['another tokenizer', { 'sentence_bert_config.json': { tokenizer_name_or_path: 'x' } }, /must lie in the folder/],
    [
      'no setting',
      { 'sentence_bert_config.json': { tokenizer_args: { do_lower_case: 'no' } } },
      /do_lower_case: expected/,
    ],
    ['settings of the tokenizer', { 'sentence_bert_config.json': { tokenizer_args: { x: 1 } } }, /"x": not known here/],
    [
      'a chat template without modules.json',
      { 'modules.json': null, 'tokenizer_config.json': { chat_template: '{{ x }}' } },
      /it has a chat_template/,
    ],
    [
      'another kind of model',
      { 'config_sentence_transformers.json': { model_type: 'SparseEncoder' } },
      /"SparseEncoder"/,
    ],
    ['prompts', { 'config_sentence_transformers.json': { prompts: ['x'] } }, /prompts: expected an object of texts/],
    ['a prompt', { 'config_sentence_transformers.json': { prompts: { x: 5 } } }, /expected a text as "x" but found 5/],
    ['truncate_dim', { 'config_sentence_transformers.json': { truncate_dim: 0 } }, /truncate_dim: expected a positive/],
    [
      'a folder of the transformer that is not there',
      {
        'modules.json': [{ ...modules('Transformer')[0], path: '0_T' }, ...modules('Transformer', 'Pooling').slice(1)],
      },
      /0_T is no encoder: .* did not find tokenizer\.json, config\.json\./,
    ],
  ])('%s', async (_, files, message) => {
    await expect(TextEmbedder.load(await write({ ...withDense, ...files }))).rejects.toMatchObject({
      code: 'ERR_ENCODER',
      message: expect.stringMatching(message),
    })
  })

  it('a model of unknown inputs', async () => {
    const folder = await write({})
    const path = join(folder, 'onnx', 'model.onnx')
    const bytes = await readFile(path)
    await writeFile(
      path,
      Buffer.from(bytes.toString('latin1').replaceAll('token_type_ids', 'token_role_ids'), 'latin1'),
    )
    await expect(TextEmbedder.load(folder)).rejects.toMatchObject({
      code: 'ERR_ENCODER',
      message: expect.stringMatching(/token_role_ids \(int64\)\. Supported: .*position_ids, of int64 or int32/),
    })
  })
})

describe('what a folder says', () => {
  it.each(['bert', 'roberta', 'distilbert', 'camembert', 'albert', 'xlm-roberta', 'xlnet'])(
    'is read from sentence_%s_config.json',
    async (kind) => {
      const settings = { max_seq_length: 9, do_lower_case: true }
      const folder = await write({ ...withDense, [`sentence_${kind}_config.json`]: settings })
      expect(await readEncoderConfig(folder, 'fp32')).toMatchObject({ maxTokens: 9, lowercase: true })
    },
  )

  it('may be beside the model, with the transformer in a folder of its own', async () => {
    const { files } = golden.variants.find(({ name }) => name === 'Transformer in a folder of its own')!
    const folder = await write({ ...files, '0_Transformer/onnx/model.onnx': null, 'onnx/model.onnx': '@bert.onnx' })
    expect((await readEncoderConfig(folder, 'fp32')).model).toBe(join(folder, 'onnx', 'model.onnx'))
  })

  it('is read or refused with a reason, whatever it is', async () => {
    const kind = fc.constantFrom('Transformer', 'Pooling', 'Normalize', 'Dense', 'LayerNorm', 'Dropout', 'Router')
    const config = (...keys: string[]) =>
      fc.dictionary(fc.constantFrom(...keys), fc.oneof(fc.jsonValue(), fc.boolean(), fc.nat(9), fc.constant('mean')))
    const anyOf = {
      'modules.json': fc.oneof(
        fc.jsonValue(),
        fc.array(kind, { maxLength: 4 }).map((kinds) => modules('Transformer', 'Pooling', ...kinds)),
      ),
      '1/config.json': config('pooling_mode', 'pooling_mode_cls_token', 'include_prompt', 'embedding_dimension'),
      '2/config.json': config('in_features', 'out_features', 'bias', 'activation_function', 'module_input_name'),
      'sentence_bert_config.json': config('max_seq_length', 'do_lower_case', 'tokenizer_args', 'modality_config'),
      'config_sentence_transformers.json': config('prompts', 'default_prompt_name', 'truncate_dim', 'model_type'),
      'tokenizer_config.json': config('model_max_length', 'truncation_side', 'chat_template'),
      'config.json': config('max_position_embeddings', 'pad_token_id', 'model_type', 'architectures', 'is_causal'),
    }
    const contents = fc.oneof(...Object.entries(anyOf).map(([name, content]) => fc.record({ [name]: content })))
    let read = 0
    await fc.assert(
      fc.asyncProperty(contents, async (files) => {
        const texts = Object.entries(files).map(([name, content]) => [name, { text: JSON.stringify(content) }])
        const folder = await write({ ...withDense, ...Object.fromEntries(texts) })
        const result = await readEncoderConfig(folder, 'fp32').catch((error) => error)
        if (!(result instanceof Error)) read++
        else expect(result).toMatchObject({ name: 'KindredError', code: 'ERR_ENCODER' })
      }),
      { numRuns: 150, seed: 1 },
    )
    expect(read).toBeGreaterThan(10)
  })

  it.each(['torch.nn.ReLU', 'torch.nn.modules.ReLU', 'torch.nn.modules.activation.ReLU'])(
    'names an activation as %s',
    async (given) => {
      const config = { ...dense, activation_function: given }
      const { ofVectors } = await readEncoderConfig(await write({ ...withDense, '2/config.json': config }), 'fp32')
      expect(ofVectors).toMatchObject([{ kind: 'Dense', activation: 'ReLU' }])
    },
  )

  it('is false where it is null, and the default where it is absent', async () => {
    const read = async (pooling: object, more: object) => {
      const files = { '1/config.json': { ...mean, ...pooling }, '2/config.json': { ...dense, ...more } }
      return readEncoderConfig(await write({ ...withDense, ...files }), 'fp32')
    }
    expect(await read({ include_prompt: null }, { bias: null, use_residual: null })).toMatchObject({
      pooling: { includePrompt: false },
      ofVectors: [{ bias: false, residual: false }],
    })
    expect(await read({}, {})).toMatchObject({
      pooling: { includePrompt: true },
      ofVectors: [{ bias: true, residual: false }],
    })
  })

  it('may begin with a byte order mark', async () => {
    const { files, calls } = golden.variants.find(({ name }) => name === 'prompts')!
    const folder = await write(files, '\uFEFF')
    await using encoder = await loadEmbedder(folder)
    const { vectors } = await encoder.embed(golden.texts)
    expectClose(vectors.data, calls[0]!.vectors.flat())
  })

  it('is shown: prompts, pooling, similarity', async () => {
    await using prompted = await load('prompts', {
      'config_sentence_transformers.json': {
        prompts: { query: 'find ', none: null },
        default_prompt_name: 'query',
        similarity_fn_name: 'dot',
      },
    })
    expect(prompted).toMatchObject({
      prompts: { query: 'find ', document: '', none: '' },
      defaultPromptName: 'query',
      similarity: 'dot',
      pooling: 'mean',
    })
    await using plain = await load('every pooling at once')
    expect(plain).toMatchObject({ prompts: { query: '', document: '' }, defaultPromptName: null, similarity: 'cosine' })
    expect(plain.pooling).toEqual(['cls', 'max', 'mean', 'mean_sqrt_len_tokens', 'weightedmean', 'lasttoken'])
  })
})

describe('embed', () => {
  const texts = ['a story of love', 'the robot dog', '']

  it('puts the vectors of several modes together, as asked', async () => {
    await using encoder = await load('pooling cls')
    const of = async (pooling: EmbedOptions['pooling']) => (await encoder.embed(texts, { pooling })).vectors
    const [last, weighted, both] = [
      await of('lasttoken'),
      await of('weightedmean'),
      await of(['lasttoken', 'weightedmean']),
    ]
    for (const i of texts.keys()) expectClose(both.row(i), [...last.row(i), ...weighted.row(i)])
    expect(last.data).not.toEqual(weighted.data)
  })

  it('gives a text without a token the same vector beside any others', async () => {
    const tokenizer = JSON.parse(await readFile('test/fixtures/tiny-encoder/tokenizer.json', 'utf8'))
    const files = { ...filesOf('pooling cls'), 'tokenizer.json': { ...tokenizer, post_processor: null } }
    await using encoder = await TextEmbedder.load(await write(files))
    for (const pooling of [...POOLING_MODES, AttentionPooling.zeros({ dims: 8 })])
      for (const beside of [[], ['love'], ['a story of love and war']]) {
        const { vectors, tokens } = await encoder.embed(['', ...beside], { pooling })
        expect(tokens[0]).toBe(0)
        expect(vectors.row(0)).toEqual(new Float32Array(8))
      }
  })

  it('puts its own queries in the place of the pooling, and what follows it after them', async () => {
    await using encoder = await TextEmbedder.load(await write(withDense))
    const expected = await encoder.embed(texts)
    const zeros = await encoder.embed(texts, { pooling: AttentionPooling.zeros({ dims: 8 }) })
    expect(expected.vectors.cols).toBe(2)
    expectClose(zeros.vectors.data, expected.vectors.data)
    const call = encoder.embed(texts, { pooling: AttentionPooling.zeros({ dims: 2 }) })
    await expect(call).rejects.toMatchObject({ code: 'ERR_SHAPE', message: expect.stringMatching(/queries of 8 dim/) })
    await expect(encoder.embed(texts, { pooling: ['cls', 'max'] })).rejects.toMatchObject({ code: 'ERR_SHAPE' })
  })

  it('does what follows the pooling to the mean of chunks', async () => {
    const long = ['secret police money in the city '.repeat(12)]
    await using plain = await load('pooling mean_sqrt_len_tokens')
    await using encoder = await TextEmbedder.load(await write(withDense))
    const pooled = await plain.embed(long, { truncation: 'chunk', pooling: 'mean' })
    const { vectors } = await encoder.embed(long, { truncation: 'chunk' })
    const sum = pooled.vectors.data.reduce((total, x) => total + x / 2, 0)
    expectClose(vectors.data, [Math.tanh(sum + 1), Math.tanh(sum - 1)])
  })

  it('leaves a prompt out of the first chunk alone, and of no ids', async () => {
    const prompted = {
      'config_sentence_transformers.json': { prompts: { p: 'a story of ' }, default_prompt_name: 'p' },
    }
    await using encoder = await load('prompts not pooled, mean', prompted)
    await using pooling = await load('prompts', prompted)
    const [ids] = (await encoder.tokenize(['love'], { prompt: '' })).map((all) => all.slice(1, -1))
    const of = async (from: TextEmbedder, input: string | Int32Array, options?: EmbedOptions) =>
      (await from.embed([input], { truncation: 'chunk', ...options })).vectors.data
    expectClose(await of(encoder, ids!), await of(pooling, 'love', { prompt: '' }))
    expect(await of(encoder, 'love')).not.toEqual(await of(pooling, 'love'))
    // Chunks of 31 tokens between the special ones: 3 of the prompt and 28 words, then 31 words.
    const words = Array.from({ length: 59 }, (_, i) => ['love', 'war', 'robot'][i % 3])
    const chunk = (begin: number, end: number) => words.slice(begin, end).join(' ')
    const first = await of(encoder, chunk(0, 28))
    const second = await of(pooling, chunk(28, 59), { prompt: '' })
    const expected = first.map((x, d) => (29 * x + 33 * second[d]!) / (29 + 33))
    expectClose(await of(encoder, words.join(' ')), expected)
  })

  it('leaves out no token of another text where a prompt has fewer tokens than alone', async () => {
    await using encoder = await load('prompts not pooled, mean')
    const texts = ['e', 'a story of love', 'e']
    const of = async (pooling: EmbedOptions['pooling']) => encoder.embed(texts, { prompt: 'lov', pooling })
    const whole = await encoder.embed(['love'], { prompt: '', pooling: 'cls' })
    const [mean, cls] = [await of('mean'), await of('cls')]
    expect([...mean.tokens]).toEqual([3, 9, 3])
    for (const i of [0, 2]) {
      expect([...mean.vectors.row(i)]).toEqual(new Array(8).fill(0))
      expectClose(cls.vectors.row(i), whole.vectors.data)
    }
    const alone = await encoder.embed([texts[1]!], { prompt: 'lov', pooling: 'mean' })
    expectClose(mean.vectors.row(1), alone.vectors.data)
  })

  it('counts and cuts the tokens of a prompt with those of its text', async () => {
    await using encoder = await load('prompts')
    const { tokens } = await encoder.embed(['love', 'war'], { prompt: 'a story of ' })
    expect([...tokens]).toEqual([6, 6])
    const [ids, plain] = [
      await encoder.tokenize(['love'], { promptName: 'passage' }),
      await encoder.tokenize(['city love'], { promptName: 'empty' }),
    ]
    expect(ids).toEqual(plain)
    const call = encoder.embed(['love '.repeat(30)], { prompt: 'a story of ', truncation: 'error' })
    await expect(call).rejects.toMatchObject({ code: 'ERR_TRUNCATED', message: expect.stringMatching(/has 35 tokens/) })
    await encoder.embed(['love '.repeat(30)], { prompt: '', truncation: 'error' })
  })

  it.each<[string, object, RegExp]>([
    ['two prompts', { prompt: 'x', promptName: 'query' }, /expected one of the two/],
    [
      'a prompt that is not there',
      { promptName: 'title' },
      /expected one of "query", "document", "passage".* received "title"/,
    ],
    ['a name of Object', { promptName: 'toString' }, /received "toString"/],
    ['a prompt that is none', { prompt: 5 }, /prompt: expected a string but received 5/],
    ['no dimension', { dims: 0 }, /dims: expected an integer from 1 to 8 but received 0/],
    ['more dimensions than there are', { dims: 9 }, /dims: expected an integer from 1 to 8 but received 9/],
    ['no pooling', { pooling: [] }, /pooling: expected at least one/],
    [
      'an unknown pooling',
      { pooling: ['mean', 'lasttokn'] },
      /pooling\[1\]: expected one of .*Did you mean "lasttoken"/,
    ],
  ])('refuses %s', async (_, options, message) => {
    await using encoder = await load('prompts')
    await expect(encoder.embed(texts, options)).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringMatching(message),
    })
  })
})

describe('a static encoder', () => {
  const texts = Array.from({ length: 5000 }, (_, i) => `love and war ${i}`)

  it('cuts vectors to dims, whole ones normalised before or cut ones after', async () => {
    using encoder = await StaticEmbedder.load('assets/encoder')
    const whole = await encoder.embed(texts)
    const cut = await encoder.embed(texts, { dims: 9 })
    const unit = await encoder.embed(texts, { dims: 9, normalize: true })
    expect(cut.vectors).toMatchObject({ rows: 5000, cols: 9 })
    for (const i of [0, 2047, 2048, 4999]) {
      const first = whole.vectors.row(i).subarray(0, 9)
      expect(cut.vectors.row(i)).toEqual(first)
      const norm = Math.hypot(...first)
      expectClose(
        unit.vectors.row(i),
        first.map((x) => x / norm),
      )
    }
    const raw = await encoder.embed(['love'], { normalize: false })
    const short = await encoder.embed(['love'], { dims: 3, normalize: false })
    expect(short.vectors.data).toEqual(raw.vectors.data.subarray(0, 3))
  })

  it.each([{ prompt: '' }, { promptName: 'query' }, { dims: 257 }, { dims: 1.5 }])('refuses %o', async (options) => {
    using encoder = await StaticEmbedder.load('assets/encoder')
    await expect(encoder.embed(['love'], options)).rejects.toMatchObject({ code: 'ERR_VALUE' })
  })
})
