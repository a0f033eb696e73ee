import { guardReceivers } from '../native/guard-receivers.js'
/** Entities of one type, or of all. */
export interface EntityFigures {
  /** Share of the entities predicted that are there; 0 where none was. */
  precision: number
  /** Share of those there that were predicted; 0 where there are none. */
  recall: number
  /** Harmonic mean of both. */
  f1: number
  /** How many are there. */
  support: number
}

/** An entity: the words [begin, end) of a sentence. */
interface Entity {
  type: string
  begin: number
  end: number
}

/** The entities of tags B-TYPE, I-TYPE and O, as conlleval reads them: an I- that continues nothing of its type begins one. */
export function entitiesOf(tags: readonly string[]): Entity[] {
  const entities: Entity[] = []
  let open: Entity | undefined
  for (const [n, tag] of tags.entries()) {
    const [, mark, type] = /^([BI])-(.+)$/.exec(tag) ?? []
    if (open && mark === 'I' && type === open.type) {
      open.end = n + 1
      continue
    }
    open = type === undefined ? undefined : { type, begin: n, end: n + 1 }
    if (open) entities.push(open)
  }
  return entities
}

interface Counts {
  right: number
  predicted: number
  support: number
}

function figures({ right, predicted, support }: Counts): EntityFigures {
  const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole)
  const precision = ratio(right, predicted)
  const recall = ratio(right, support)
  return { precision, recall, f1: ratio(2 * precision * recall, precision + recall), support }
}

/** Predicted tags against the truth, entity by entity (Tjong Kim Sang and De Meulder 2003; as conlleval counts). */
export class EntityReport implements EntityFigures {
  readonly precision: number
  readonly recall: number
  readonly f1: number
  readonly support: number
  /** By type, in the order of the alphabet. */
  readonly perType: Readonly<Record<string, EntityFigures>>
  /** Share of words with the right tag. */
  readonly accuracy: number

  /** @internal @param truth and predicted: tags of each sentence */
  constructor(truth: readonly (readonly string[])[], predicted: readonly (readonly string[])[]) {
    const types = new Map<string, Counts>()
    const of = (type: string) => {
      const counts = types.get(type) ?? { right: 0, predicted: 0, support: 0 }
      types.set(type, counts)
      return counts
    }
    let words = 0
    let right = 0
    for (const [n, tags] of truth.entries()) {
      const key = ({ type, begin, end }: Entity) => `${begin} ${end} ${type}`
      const there = new Set<string>()
      for (const entity of entitiesOf(tags)) {
        there.add(key(entity))
        of(entity.type).support++
      }
      for (const entity of entitiesOf(predicted[n]!)) {
        of(entity.type).predicted++
        if (there.has(key(entity))) of(entity.type).right++
      }
      words += tags.length
      right += tags.filter((tag, i) => tag === predicted[n]![i]).length
    }
    const total: Counts = { right: 0, predicted: 0, support: 0 }
    for (const counts of types.values())
      for (const name of ['right', 'predicted', 'support'] as const) total[name] += counts[name]
    const { precision, recall, f1, support } = figures(total)
    this.precision = precision
    this.recall = recall
    this.f1 = f1
    this.support = support
    this.perType = Object.fromEntries([...types.keys()].sort().map((type) => [type, figures(types.get(type)!)]))
    this.accuracy = words === 0 ? 0 : right / words
  }

  /** A table of the types, three decimals. */
  toString(): string {
    const width = Math.max(8, ...Object.keys(this.perType).map(({ length }) => length))
    const line = (name: string, { precision, recall, f1, support }: EntityFigures) =>
      name.padEnd(width) +
      [precision.toFixed(3), recall.toFixed(3), f1.toFixed(3), support]
        .map((cell) => String(cell).padStart(10))
        .join('')
    return [
      ' '.repeat(width) + ['precision', 'recall', 'f1', 'support'].map((cell) => cell.padStart(10)).join(''),
      ...Object.entries(this.perType).map(([type, each]) => line(type, each)),
      '',
      line('all', this),
    ].join('\n')
  }
}

guardReceivers(EntityReport)
