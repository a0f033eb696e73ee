import type { NativeSplitStep } from '../../../native/functions/tokenize.js'
import { patternOf } from './pattern.js'
import { type Part, partsOf, refusePart } from './read-part.js'

const step = (kind: NativeSplitStep['kind'], rest: Partial<Omit<NativeSplitStep, 'kind'>> = {}): NativeSplitStep => ({
  kind,
  pattern: '',
  found: 'isolated',
  prepend: 'never',
  isRegex: false,
  invert: false,
  splits: true,
  length: 0,
  ...rest,
})

/** Behaviours as tokenizer.json names them. */
const FOUND = {
  Removed: 'removed',
  Isolated: 'isolated',
  MergedWithPrevious: 'merged-with-previous',
  MergedWithNext: 'merged-with-next',
  Contiguous: 'contiguous',
} as const

const BEHAVIORS = Object.keys(FOUND) as (keyof typeof FOUND)[]

function metaspace(part: Part): NativeSplitStep {
  const pattern = part.text('replacement')
  if ([...pattern].length !== 1) refusePart(`pre_tokenizer: expected one character for replacement`)
  // Older files say add_prefix_space alone; where both are said, they must agree.
  const adds = part.has('add_prefix_space') ? part.flag('add_prefix_space') : undefined
  const prepend = part.oneOf('prepend_scheme', ['always', 'first', 'never'], adds === false ? 'never' : 'always')
  if (adds === false && prepend !== 'never')
    refusePart(`pre_tokenizer: add_prefix_space is false, but prepend_scheme is ${prepend}`)
  part.ignore('str_rep')
  return step('metaspace', { pattern, prepend, splits: part.flag('split', true) })
}

function stepOf(part: Part): NativeSplitStep {
  const { type } = part
  switch (type) {
    case 'BertPreTokenizer':
      return step('bert')
    case 'Whitespace':
      return step('whitespace')
    case 'WhitespaceSplit':
      return step('white-split')
    case 'Digits':
      return step('digits', { found: part.flag('individual_digits', false) ? 'isolated' : 'contiguous' })
    case 'Punctuation':
      return step('punctuation', { found: FOUND[part.oneOf('behavior', BEHAVIORS, 'Isolated')] })
    case 'CharDelimiterSplit':
      return step('pattern', { pattern: part.text('delimiter'), found: 'removed' })
    case 'Split':
      return step('pattern', {
        ...patternOf('pre_tokenizer', part.any('pattern')),
        found: FOUND[part.oneOf('behavior', BEHAVIORS)],
        invert: part.flag('invert', false),
      })
    case 'Metaspace':
      return metaspace(part)
    case 'ByteLevel':
      part.ignore('trim_offsets')
      return step('byte-level', {
        prepend: part.flag('add_prefix_space', true) ? 'always' : 'never',
        splits: part.flag('use_regex', true),
      })
    case 'FixedLength':
      return step('fixed-length', { length: part.count('length', 1, 5) })
    default:
      return refusePart(`the pre_tokenizer ${type} is not known here`)
  }
}

/** The pre-tokenizer of a tokenizer.json as steps of the native one. @throws ERR_ENCODER for what that does not do */
export function splitSteps(preTokenizer: unknown): NativeSplitStep[] {
  return partsOf('pre_tokenizer', 'pretokenizers', preTokenizer).map((part) => {
    const made = stepOf(part)
    part.end()
    return made
  })
}
