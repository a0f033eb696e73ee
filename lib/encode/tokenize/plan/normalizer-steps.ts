import type { NativeNormalizerStep } from '../../../native/functions/tokenize.js'
import { patternOf } from './pattern.js'
import { type Part, partsOf, refusePart } from './read-part.js'

type Kind = Exclude<NativeNormalizerStep['kind'], 'precompiled'>

const step = (
  kind: Kind,
  { pattern = '', content = '', isRegex = false, left = false, right = false } = {},
): NativeNormalizerStep => ({ kind, pattern, content, isRegex, left, right })

/** Normalisers that say nothing but their type. */
const PLAIN: Readonly<Record<string, Kind>> = {
  NFC: 'nfc',
  NFD: 'nfd',
  NFKC: 'nfkc',
  NFKD: 'nfkd',
  Lowercase: 'lowercase',
  StripAccents: 'strip-accents',
  Nmt: 'nmt',
  ByteLevel: 'byte-level',
}

function ofBert(part: Part): NativeNormalizerStep[] {
  const lowercase = part.flag('lowercase', true)
  const steps: [boolean, Kind][] = [
    [part.flag('clean_text', true), 'clean-text'],
    [part.flag('handle_chinese_chars', true), 'chinese'],
    [part.flag('strip_accents', lowercase), 'bert-accents'],
    [lowercase, 'lowercase'],
  ]
  return steps.filter(([on]) => on).map(([, kind]) => step(kind))
}

function precompiled(part: Part): NativeNormalizerStep {
  const text = part.text('precompiled_charsmap', '')
  const map = Buffer.from(text, 'base64')
  if (map.toString('base64') !== text)
    refusePart(
      `normalizer: expected base64 for precompiled_charsmap but found ${text.length} characters of another kind`,
    )
  return { kind: 'precompiled', map: new Uint8Array(map) }
}

function stepsOf(part: Part): NativeNormalizerStep[] {
  const { type } = part
  if (Object.hasOwn(PLAIN, type)) return [step(PLAIN[type]!)]
  switch (type) {
    case 'BertNormalizer':
      return ofBert(part)
    case 'Precompiled':
      return [precompiled(part)]
    case 'Replace':
      return [step('replace', { ...patternOf('normalizer', part.any('pattern')), content: part.text('content') })]
    case 'Prepend':
      return [step('prepend', { content: part.text('prepend') })]
    case 'Strip':
      return [step('strip', { left: part.flag('strip_left'), right: part.flag('strip_right') })]
    default:
      return refusePart(`the normalizer ${type} is not known here`)
  }
}

/** The normaliser of a tokenizer.json as steps of the native one. @throws ERR_ENCODER for what that does not do */
export function normalizerSteps(normalizer: unknown): NativeNormalizerStep[] {
  return partsOf('normalizer', 'normalizers', normalizer).flatMap((part) => {
    const steps = stepsOf(part)
    part.end()
    return steps
  })
}
