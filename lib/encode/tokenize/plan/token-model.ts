import { show } from '../../../native/errors.js'
import type { NativeTokenModel } from '../../../native/functions/tokenize.js'
import { isObject } from '../../folder-json.js'
import { Part, refusePart } from './read-part.js'

const EMPTY = {
  scores: new Float64Array(0),
  merges: [],
  mergesAreJoined: false,
  unknown: '',
  prefix: '',
  suffix: '',
  fuseUnknown: false,
  byteFallback: false,
  ignoreMerges: false,
  maxCharacters: 100,
}

/** The tokens of `{ token: id, .. }`, and their ids. */
function vocabularyOf(vocab: unknown): { tokens: string[]; ids: Int32Array } {
  if (!isObject(vocab)) refusePart(`expected an object for model.vocab but found ${show(vocab)}`)
  // Keys and values apart: looking each key up takes ten times as long.
  const tokens = Object.keys(vocab)
  const values = Object.values(vocab)
  const wrong = values.findIndex((id) => !Number.isInteger(id) || (id as number) < 0 || (id as number) >= 2 ** 31)
  if (wrong >= 0)
    refusePart(
      `expected ids that are integers from 0 to ${2 ** 31 - 1}, but token ${show(tokens[wrong])} has ${show(values[wrong])}`,
    )
  return { tokens, ids: Int32Array.from(values as number[]) }
}

/** Merges, whether "left right" or ["left", "right"], which are then given one part after the other. */
function mergesOf(merges: readonly unknown[]): Pick<NativeTokenModel, 'merges' | 'mergesAreJoined'> {
  const other = (merge: unknown) => refusePart(`expected merges of two tokens but found ${show(merge)}`)
  if (merges.length === 0 || typeof merges[0] === 'string') {
    const wrong = merges.findIndex((merge) => typeof merge !== 'string')
    if (wrong >= 0) other(merges[wrong])
    return { merges: merges as string[], mergesAreJoined: true }
  }
  const parts: string[] = []
  for (const merge of merges) {
    if (!Array.isArray(merge) || merge.length !== 2 || typeof merge[0] !== 'string' || typeof merge[1] !== 'string')
      return other(merge)
    parts.push(merge[0], merge[1])
  }
  return { merges: parts, mergesAreJoined: false }
}

function bpe(part: Part): NativeTokenModel {
  if ((part.any('dropout') ?? 0) !== 0) refusePart('the model has a dropout, with which ids are random')
  return {
    ...EMPTY,
    kind: 'bpe',
    ...vocabularyOf(part.any('vocab')),
    ...mergesOf(part.list('merges')),
    unknown: part.text('unk_token', ''),
    prefix: part.text('continuing_subword_prefix', ''),
    suffix: part.text('end_of_word_suffix', ''),
    fuseUnknown: part.flag('fuse_unk', false),
    byteFallback: part.flag('byte_fallback', false),
    ignoreMerges: part.flag('ignore_merges', false),
  }
}

function unigram(part: Part): NativeTokenModel {
  const vocab = part.list('vocab')
  const scores = new Float64Array(vocab.length)
  const tokens = vocab.map((entry, id) => {
    const [token, score, ...more] = Array.isArray(entry) ? entry : []
    if (typeof token !== 'string' || typeof score !== 'number' || more.length > 0)
      return refusePart(`expected a token and its score in model.vocab[${id}] but found ${show(entry)}`)
    scores[id] = score
    return token
  })
  if (!part.has('unk_id')) refusePart('the model has no unk_id, so that some texts have no tokens')
  const unknown = tokens[part.count('unk_id', 0)]
  if (unknown === undefined) refusePart(`expected an unk_id below ${tokens.length}`)
  const ids = Int32Array.from(tokens, (_, id) => id)
  return { ...EMPTY, kind: 'unigram', tokens, ids, scores, unknown, byteFallback: part.flag('byte_fallback', false) }
}

function wordPiece(part: Part): NativeTokenModel {
  return {
    ...EMPTY,
    kind: 'wordpiece',
    ...vocabularyOf(part.any('vocab')),
    unknown: part.text('unk_token', '[UNK]'),
    prefix: part.text('continuing_subword_prefix', '##'),
    maxCharacters: part.count('max_input_chars_per_word', 1, 100),
  }
}

/** Files of old have no type: a list of tokens is a Unigram model's, merges are those of byte pair encoding. */
function typeOf(part: Part): string {
  if (part.has('type')) return part.type
  return Array.isArray(part.any('vocab')) ? 'Unigram' : part.has('merges') ? 'BPE' : 'WordPiece'
}

/** The model of a tokenizer.json as the native one takes it. @throws ERR_ENCODER for what that does not do */
export function tokenModel(model: unknown): NativeTokenModel {
  const part = new Part('model', model)
  const made = (() => {
    const type = typeOf(part)
    switch (type) {
      case 'BPE':
        return bpe(part)
      case 'Unigram':
        return unigram(part)
      case 'WordPiece':
        return wordPiece(part)
      default:
        return refusePart(`the model ${type} is not known here`)
    }
  })()
  part.end()
  return made
}
