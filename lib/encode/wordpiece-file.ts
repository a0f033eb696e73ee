import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KindredError } from '../native/errors.js'
import { completeOptions, indexVocabulary, type WordPieceOptions } from './wordpiece-options.js'

/** What a BERT tokenizer.json holds. */
export interface WordPieceFile {
  /** [vocab], the token of each id. */
  vocabulary: string[]
  tokenizer: Required<WordPieceOptions>
}

interface TokenizerFile {
  model?: {
    type?: string
    vocab?: Record<string, number>
    unk_token?: string
    continuing_subword_prefix?: string
    max_input_chars_per_word?: number
  }
  normalizer?: {
    type?: string
    clean_text?: boolean
    handle_chinese_chars?: boolean
    strip_accents?: boolean | null
    lowercase?: boolean
  } | null
  pre_tokenizer?: { type?: string } | null
  added_tokens?: { id: number; content: string }[]
}

/**
 * Reads the WordPiece vocabulary and settings of an encoder's folder.
 * @throws ERR_ENCODER if its tokenizer.json is not that of a BERT
 */
export async function readWordPiece(folder: string): Promise<WordPieceFile> {
  const path = join(folder, 'tokenizer.json')
  try {
    const file: TokenizerFile = JSON.parse(await readFile(path, 'utf8'))
    const { model, normalizer, pre_tokenizer, added_tokens = [] } = file
    const kinds = [model?.type, normalizer?.type, pre_tokenizer?.type].join(', ')
    if (kinds !== 'WordPiece, BertNormalizer, BertPreTokenizer')
      throw new Error(`expected WordPiece, BertNormalizer, BertPreTokenizer but found ${kinds}`)
    const vocabulary: string[] = []
    for (const [token, id] of Object.entries(model!.vocab ?? {})) vocabulary[id] = token
    for (const { id, content } of added_tokens) vocabulary[id] = content
    const options: WordPieceOptions = {
      cleanText: normalizer!.clean_text,
      handleChinese: normalizer!.handle_chinese_chars,
      stripAccents: normalizer!.strip_accents ?? undefined,
      lowercase: normalizer!.lowercase,
      unknown: model!.unk_token,
      continuingPrefix: model!.continuing_subword_prefix,
      maxCharacters: model!.max_input_chars_per_word,
      addedTokens: added_tokens.map((token) => token.content),
    }
    return { vocabulary, tokenizer: completeOptions(options, indexVocabulary(vocabulary)) }
  } catch (cause) {
    throw new KindredError('ERR_ENCODER', `${path} is no BERT tokenizer: ${(cause as Error).message}.`, { cause })
  }
}
