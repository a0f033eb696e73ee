// The encoder that is tuned: real weights where there are any, else a small one from random weights.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MaskedLanguageModel } from 'kindred'
import { vocabulary } from './texts.mjs'

/** The folder of real weights, or undefined: KINDRED_ENCODER, or MiniLM's below KINDRED_REAL. */
function realEncoder() {
  const { KINDRED_ENCODER: named, KINDRED_REAL: real } = process.env
  const folder = named ?? (real && join(real, 'models', 'all-MiniLM-L6-v2'))
  return folder && existsSync(join(folder, 'model.safetensors')) ? folder : undefined
}

/** A tokenizer.json of BERT's kind that knows these words, and letters for all others. */
function tokenizerOf(words) {
  const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789']
  const specials = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
  const tokens = [...new Set([...specials, ...words, ...letters, ...letters.map((letter) => `##${letter}`)])]
  const ids = Object.fromEntries(tokens.map((token, id) => [token, id]))
  const special = (content) => ({ SpecialToken: { id: content, type_id: 0 } })
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specials.map((content, id) => ({
      ...{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')],
      pair: [
        ...[special('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')],
        ...[{ Sequence: { id: 'B', type_id: 1 } }, { SpecialToken: { id: '[SEP]', type_id: 1 } }],
      ],
      special_tokens: Object.fromEntries(
        ['[CLS]', '[SEP]'].map((token) => [token, { id: token, ids: [ids[token]], tokens: [token] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      ...{ type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100 },
      vocab: ids,
    },
  }
}

/**
 * The encoder of the example.
 * @param {string} work a folder for what is written
 * @param {Iterable<string>} words what a tokenizer of its own knows
 * @returns {Promise<{ folder: string, isReal: boolean, learningRate: number }>}
 */
export async function exampleEncoder(work, words = vocabulary()) {
  const real = realEncoder()
  if (real !== undefined) return { folder: real, isReal: true, learningRate: 2e-5 }
  const [tokenizer, folder] = [join(work, 'tokenizer'), join(work, 'encoder')]
  mkdirSync(tokenizer, { recursive: true })
  writeFileSync(join(tokenizer, 'tokenizer.json'), JSON.stringify(tokenizerOf(words)))
  writeFileSync(join(tokenizer, 'tokenizer_config.json'), JSON.stringify({ tokenizer_class: 'BertTokenizer' }))
  const model = await MaskedLanguageModel.create(tokenizer, { dims: 64, layers: 2, heads: 2, seed: 1 })
  await model.save(folder)
  model.dispose()
  // Random weights have nothing to lose: 2e-5 would not move them in five epochs.
  return { folder, isReal: false, learningRate: 1e-3 }
}
