import { FieldTexts } from '../../data/field-texts.js'
import { parseTemplate } from '../../data/text-template.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { checkInteger, checkIterable, checkOptions, checkString } from '../../native/argument-checks.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show } from '../../native/errors.js'

/** A prediction with the score of each class. */
export interface ScoredTextPrediction {
  /** One for each class. */
  readonly scores: ArrayLike<number>
}

/** What a text model says of a text: a number, a score of each class, or an object with such scores. */
export type TextPrediction = number | ArrayLike<number> | ScoredTextPrediction

/** Gives a prediction for each text: at once, or as a promise. `(texts) => classifier.predict(texts)` is one. */
export type TextPredictor = (texts: string[]) => readonly TextPrediction[] | Promise<readonly TextPrediction[]>

/** Options of {@link textImportance}. */
export interface TextImportanceOptions extends AbortOptions {
  /** The text of an item, fields in braces: '{title}. {plot}'. */
  text: string
  /** What stands in place of a masked field's text, such as the tokenizer's '[MASK]'. Default nothing. */
  mask?: string
  /** Texts given to `predict` at a time, at least 1. Default 1024. */
  batchSize?: number
  /** Called after every batch. */
  onProgress?: (progress: Progress) => void
}

/** How much a field's text changes predictions. */
export interface FieldImportance {
  /** The field. */
  field: string
  /** Mean over items of the size of the effect. Items without text in the field count as 0. */
  importance: number
  /** Mean over items of the effect: above 0 where the text makes the prediction larger, or the class more probable. */
  mean: number
  /** Standard deviation of the effect over items, divided by items. */
  deviation: number
  /** Share of items that another class is predicted of without the field; 0 where predictions are numbers. */
  flips: number
  /** How many items have no text in the field. */
  missing: number
  /**
   * [items] what masking the field takes away: the prediction of the whole text minus that of the text without the field; of
   * classes the probability of the one that the whole text is given.
   */
  effects: Float64Array
}

/** What {@link textImportance} gives. */
export interface TextImportance {
  /** Each field of the template, the most important first. */
  fields: FieldImportance[]
  /** [items] the predictions of the whole texts: numbers, or the probability of the class of each. */
  predictions: Float64Array
  /** Items that were looked at. */
  items: number
}

/** A prediction as numbers, one or one for each class. @throws ERR_VALUE */
function numbersOf(prediction: unknown, text: number): ArrayLike<number> {
  const own = (prediction as { scores?: unknown } | null)?.scores ?? prediction
  const numbers = (typeof own === 'number' ? [own] : own) as ArrayLike<unknown>
  const isList = typeof numbers === 'object' && numbers !== null && numbers.length > 0
  if (isList && Array.from(numbers).every((value) => typeof value === 'number' && Number.isFinite(value)))
    return numbers as ArrayLike<number>
  throw new KindredError(
    'ERR_VALUE',
    `predict: expected a finite number or scores of classes for each text but gave ${show(prediction)} for text ${text}.`,
  )
}

function largest(numbers: ArrayLike<number>): number {
  let best = 0
  for (let n = 1; n < numbers.length; n++) if (numbers[n]! > numbers[best]!) best = n
  return best
}

/** The texts of all items, whole and with each field masked where it has text. */
interface MaskedTexts {
  readonly items: number
  readonly fields: readonly FieldTexts[]
  /** What `predict` is asked: the whole texts first, then those masked. */
  readonly texts: string[]
  /** Which field and item each text beyond the whole ones is of. */
  readonly masked: { field: number; item: number }[]
}

async function maskedTexts(
  items: Iterable<object>,
  template: ReturnType<typeof parseTemplate>,
  mask: string,
  yielder: LoopYielder,
): Promise<MaskedTexts> {
  const fields = template.fields.map((name) => new FieldTexts(name))
  let count = 0
  for (const item of items) {
    if (item === null || typeof item !== 'object')
      throw new KindredError('ERR_VALUE', `items: expected objects but item ${count} is ${show(item)}.`)
    for (const field of fields) {
      const value = Object.hasOwn(item, field.name) ? (item as Record<string, unknown>)[field.name] : undefined
      field.add(value, () => `item ${count}, field ${show(field.name)}`)
    }
    count++
    if (yielder.due) await yielder.yieldToLoop()
  }
  for (const field of fields) field.check()
  const of = new Map(fields.map((field) => [field.name, field]))
  const render = (item: number, without?: FieldTexts) =>
    template.render((name) => (of.get(name) === without ? mask : (of.get(name)!.texts[item] ?? '')))
  const texts = Array.from({ length: count }, (_, item) => render(item))
  const masked: MaskedTexts['masked'] = []
  for (const [f, field] of fields.entries())
    for (const [item, text] of field.texts.entries()) {
      if (text === null) continue
      masked.push({ field: f, item })
      texts.push(render(item, field))
      if (yielder.due) await yielder.yieldToLoop()
    }
  return { items: count, fields, texts, masked }
}

/** Predictions of all texts, a batch at a time. @throws ERR_SHAPE for another number of predictions than texts */
async function predictions(
  predict: TextPredictor,
  texts: readonly string[],
  batchSize: number,
  yielder: LoopYielder,
  onProgress: ((progress: Progress) => void) | undefined,
): Promise<ArrayLike<number>[]> {
  const out: ArrayLike<number>[] = []
  while (out.length < texts.length) {
    const batch = texts.slice(out.length, out.length + batchSize)
    const found: unknown = await predict(batch)
    if (!Array.isArray(found) && !ArrayBuffer.isView(found))
      throw new KindredError('ERR_VALUE', `predict: expected to give an array but it gave ${show(found)}.`)
    const given = Array.from(found as unknown as ArrayLike<unknown>)
    if (given.length !== batch.length)
      throw new KindredError(
        'ERR_SHAPE',
        `predict: expected one prediction for each of ${batch.length} texts but got ${given.length}.`,
      )
    for (const prediction of given) {
      const numbers = numbersOf(prediction, out.length)
      if (out.length > 0 && numbers.length !== out[0]!.length)
        throw new KindredError(
          'ERR_SHAPE',
          `predict: expected ${out[0]!.length} numbers for each text but text ${out.length} has ${numbers.length}.`,
        )
      out.push(numbers)
    }
    onProgress?.({ done: out.length, total: texts.length })
    await yielder.yieldToLoop() // a predictor need not
  }
  return out
}

function fieldImportance(field: FieldTexts, effects: Float64Array, flips: number): FieldImportance {
  const items = effects.length
  const mean = effects.reduce((sum, effect) => sum + effect, 0) / items
  const variance = effects.reduce((sum, effect) => sum + (effect - mean) ** 2, 0) / items
  return {
    field: field.name,
    importance: effects.reduce((sum, effect) => sum + Math.abs(effect), 0) / items,
    mean,
    deviation: Math.sqrt(variance),
    flips: flips / items,
    missing: field.missing,
    effects,
  }
}

/**
 * How much the text of each field decides what a text model predicts: what changes when it is masked, for each item and on
 * the mean ("representation erasure": Li, Monroe, Jurafsky 2016, "Understanding neural networks through representation
 * erasure"). Takes any predictor of texts: a TextClassifier, an embedder followed by a {@link LogisticL1}, a service. Of
 * fields that say the same each looks unimportant, since the other is still there.
 * @param predict gets texts and gives for each a number, scores of classes, or an object with `scores`
 * @param items objects with the fields of the template; a field's value is made text as `Catalogue` makes it
 * @throws ERR_VALUE for illegal options, items and predictions, ERR_SHAPE for another number of predictions than texts, ERR_DATA
 * for a field whose values have no text, ERR_ABORTED, and what `predict` throws
 */
export async function textImportance(
  predict: TextPredictor,
  items: Iterable<object>,
  options: TextImportanceOptions,
): Promise<TextImportance> {
  options = checkOptions('textImportance', options, ['text', 'mask', 'batchSize', 'signal', 'onProgress'])
  const template = parseTemplate(options.text)
  const mask = checkString('mask', options.mask ?? '')
  const batchSize = checkInteger('batchSize', options.batchSize ?? 1024, { min: 1 })
  if (typeof predict !== 'function')
    throw new KindredError('ERR_VALUE', `predict: expected a function but received ${show(predict)}.`)
  checkIterable('items', items, 'an array of objects')
  const yielder = new LoopYielder(options.signal)
  return withCallback(options.onProgress, async (onProgress) => {
    const all = await maskedTexts(items, template, mask, yielder)
    if (all.items === 0) throw new KindredError('ERR_SHAPE', 'items: expected at least one but received none.')
    const found = await predictions(predict, all.texts, batchSize, yielder, onProgress)
    const classes = Int32Array.from({ length: all.items }, (_, item) => largest(found[item]!))
    const whole = Float64Array.from(classes, (best, item) => found[item]![best]!)
    const effects = all.fields.map(() => new Float64Array(all.items))
    const flips = new Int32Array(all.fields.length)
    for (const [n, { field, item }] of all.masked.entries()) {
      const without = found[all.items + n]!
      effects[field]![item] = whole[item]! - without[classes[item]!]!
      flips[field]! += Number(largest(without) !== classes[item]!)
    }
    const fields = all.fields.map((field, f) => fieldImportance(field, effects[f]!, flips[f]!))
    fields.sort((a, b) => b.importance - a.importance)
    return { fields, predictions: whole, items: all.items }
  })
}
