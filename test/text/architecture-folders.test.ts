// Folders as they come: without prefixes, with old names, and at odds with themselves.
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CrossEncoder, MaskedLanguageModel, SentenceEncoder, TextClassifier, TokenClassifier } from 'kindred'
import { describe, expect, it } from 'vitest'
import { readSafetensors, type Tensor, writeSafetensors } from '#lib/data/storage/safetensors.js'
import { code, dir } from '../support/table-files.js'

const fixtures = join(__dirname, '..', 'fixtures')
const folderOf = (kind: string) =>
  kind === 'bert' ? join(fixtures, 'tiny-bert') : join(fixtures, 'tiny-architectures', kind)
const texts = ['the old man and the sea', 'toy robots']
const labels = ['bad', 'good']

interface Changes {
  config?: Record<string, unknown>
  tokenizer?: (json: Record<string, unknown>) => Record<string, unknown>
  /** The new name of a tensor, undefined to leave it out. */
  rename?: (name: string) => string | undefined
}

let count = 0
/** A copy of a fixture with changes; its path. */
async function changed(kind: string, { config = {}, tokenizer, rename }: Changes): Promise<string> {
  const path = join(dir, `${kind}-${count++}`)
  cpSync(folderOf(kind), path, { recursive: true })
  const edit = (file: string, make: (json: Record<string, unknown>) => object) =>
    writeFileSync(join(path, file), JSON.stringify(make(JSON.parse(readFileSync(join(path, file), 'utf8')))))
  edit('config.json', (json) => ({ ...json, ...config }))
  if (tokenizer) edit('tokenizer.json', tokenizer)
  if (rename) {
    const { tensors } = (await readSafetensors(join(path, 'model.safetensors')))!
    const renamed: Record<string, Tensor> = {}
    for (const [name, tensor] of tensors) {
      const own = rename(name)
      if (own !== undefined) renamed[own] = tensor as Tensor
    }
    rmSync(join(path, 'model.safetensors'))
    await writeSafetensors(join(path, 'model.safetensors'), renamed)
  }
  return path
}

const without = (part: RegExp) => (name: string) => (part.test(name) ? undefined : name)

describe('a folder', () => {
  it.each(['bert', 'roberta', 'distilbert', 'albert', 'mpnet'])(
    'of a plain encoder of %s has no prefix',
    async (kind) => {
      const prefix = `${kind}.`
      const bare = await changed(kind, {
        rename: (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined),
      })
      const encoder = await SentenceEncoder.load(bare)
      const { data } = await encoder.embed(texts)
      expect(data).toEqual((await (await SentenceEncoder.load(folderOf(kind))).embed(texts)).data)
      await expect(TextClassifier.load(bare)).rejects.toEqual(code('ERR_VALUE', /encoder without a head/))
      const classifier = await TextClassifier.load(bare, { labels })
      await classifier.fit(texts, labels, { epochs: 1 })
      await MaskedLanguageModel.load(bare)
    },
  )

  it('may name normalisations and the bias of words as older files do', async () => {
    const old = await changed('bert', {
      rename: (name) => name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta'),
    })
    const [own, again] = await Promise.all([folderOf('bert'), old].map((path) => TextClassifier.load(path)))
    expect(await again!.predict(texts)).toEqual(await own!.predict(texts))
    const tied = await changed('roberta', { rename: (name) => name.replace('lm_head.bias', 'lm_head.decoder.bias') })
    const [words, tiedWords] = await Promise.all(
      [folderOf('roberta'), tied].map((path) => MaskedLanguageModel.load(path)),
    )
    expect(await tiedWords!.loss(texts)).toBe(await words!.loss(texts))
  })

  it('of CamemBERT is read as one of RoBERTa, and saved under its own name', async () => {
    const config = { model_type: 'camembert', architectures: ['CamembertForTokenClassification'] }
    const path = await changed('roberta', { config })
    const tagger = await TokenClassifier.load(path)
    await tagger.save(join(dir, 'camembert'))
    const { architectures } = JSON.parse(readFileSync(join(dir, 'camembert', 'config.json'), 'utf8'))
    expect(architectures).toEqual(['CamembertForTokenClassification'])
  })

  it('is refused by what is missing or of another size, under its name in the file', async () => {
    const load = async (kind: string, changes: Changes) => TextClassifier.load(await changed(kind, changes))
    for (const [kind, changes, message] of [
      ['roberta', { rename: without(/^classifier\.out_proj\.bias/) }, /"classifier\.out_proj\.bias"/],
      ['roberta', { rename: without(/^classifier\.dense\.weight/) }, /"classifier\.dense\.weight"/],
      ['distilbert', { rename: without(/^pre_classifier\.bias/) }, /"pre_classifier\.bias"/],
      ['albert', { rename: without(/^albert\.pooler\.weight/) }, /"albert\.pooler\.weight"/],
      ['bert', { rename: without(/pooler\.dense\.bias/) }, /"bert\.pooler\.dense\.bias"/],
      [
        'distilbert',
        { rename: without(/layer\.1\.attention\.q_lin\.weight/) },
        /"distilbert\.transformer\.layer\.1\.attention\.q_lin\.weight"/,
      ],
      ['albert', { config: { num_hidden_groups: 3 } }, /albert_layer_groups\.2\.albert_layers\.0\./],
      ['albert', { config: { embedding_size: 16 } }, /"albert\.embeddings\.word_embeddings\.weight"/],
      [
        'roberta',
        { config: { id2label: { 0: 'a', 1: 'b', 2: 'c', 3: 'd' } } },
        /"classifier\.out_proj\.weight": expected \[4, 16\]/,
      ],
      ['xlm-roberta', { config: { hidden_size: 32 } }, /"roberta\.embeddings\.word_embeddings\.weight"/],
      ['distilbert', { config: { n_layers: 3 } }, /"distilbert\.transformer\.layer\.2\./],
      ['roberta', { config: { vocab_size: 300 } }, /vocab_size is 300/],
    ] as const)
      await expect(load(kind, changes), String(message)).rejects.toEqual(code('ERR_ENCODER', message))
    await expect(
      MaskedLanguageModel.load(await changed('albert', { rename: without(/^predictions\.LayerNorm\.bias/) })),
    ).rejects.toEqual(code('ERR_ENCODER', /"predictions\.LayerNorm\.bias"/))
  })

  it('is refused by a setting that cannot be run, which the message names', async () => {
    for (const [kind, config, message] of [
      ['bert', { model_type: 'gpt2' }, /model_type: .*"bert", "roberta", "xlm-roberta", .*"gpt2"/],
      ['bert', { model_type: 'constructor' }, /model_type/],
      ['roberta', { position_embedding_type: 'relative_key' }, /position_embedding_type/],
      ['roberta', { is_decoder: true }, /is_decoder/],
      ['roberta', { pad_token_id: 63 }, /max_position_embeddings/],
      ['roberta', { pad_token_id: -1 }, /pad_token_id/],
      ['albert', { inner_group_num: 2 }, /inner_group_num/],
      ['mpnet', { relative_attention_num_buckets: 16 }, /relative_attention_num_buckets/],
      ['albert', { num_hidden_groups: 4 }, /num_hidden_groups/],
      ['albert', { hidden_dropout_prob: 1 }, /hidden_dropout_prob/],
      ['distilbert', { n_heads: 3 }, /heads/],
      ['distilbert', { n_layers: 1e9 }, /n_layers/],
      ['distilbert', { activation: 'swiglu' }, /activation/],
      ['distilbert', { dim: '16' }, /dim/],
    ] as const)
      await expect(SentenceEncoder.load(await changed(kind, { config })), String(message)).rejects.toEqual(
        code('ERR_ENCODER', message),
      )
    await expect(
      MaskedLanguageModel.load(await changed('roberta', { config: { tie_word_embeddings: false } })),
    ).rejects.toEqual(code('ERR_ENCODER', /tie_word_embeddings/))
  })

  it('is refused where its weights are cut off, or its tokenizer does not fit the model', async () => {
    const cut = await changed('distilbert', {})
    truncateSync(join(cut, 'model.safetensors'), 20_000)
    await expect(TextClassifier.load(cut)).rejects.toEqual(code('ERR_MODEL_FILE'))
    const plain = await changed('roberta', { tokenizer: (json) => ({ ...json, added_tokens: [] }) })
    await MaskedLanguageModel.load(plain)
    const unmasked = await changed('roberta', {})
    writeFileSync(join(unmasked, 'tokenizer_config.json'), JSON.stringify({ mask_token: '<blank>' }))
    await expect(MaskedLanguageModel.load(unmasked)).rejects.toEqual(code('ERR_ENCODER', /mask_token/))
  })

  it('whose tokenizer reads no pairs is refused by a cross-encoder alone', async () => {
    const reversed = await changed('albert', {
      tokenizer: (json) => {
        const { pair, ...processor } = json.post_processor as { pair: unknown[] }
        return { ...json, post_processor: { ...processor, pair: pair.toReversed() } }
      },
    })
    await TextClassifier.load(reversed)
    await expect(CrossEncoder.load(reversed)).rejects.toEqual(code('ERR_ENCODER', /post_processor/))
  })

  it('without names of labels has those that transformers gives them', async () => {
    const two = await changed('bert', { config: { id2label: undefined, label2id: undefined, num_labels: 3 } })
    expect((await TextClassifier.load(two)).labels).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2'])
  })
})
