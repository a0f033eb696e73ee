import { show } from '../../native/errors.js'
import type { Correlations } from './associations.js'
import type { ColumnProfile } from './column-profile.js'
import type { TableDrift } from './table-drift.js'
import { percentText, rowsText } from './value-format.js'

/** What a finding is about. */
export type FindingKind =
  | 'duplicates'
  | 'empty'
  | 'missing'
  | 'constant'
  | 'near-constant'
  | 'identifier'
  | 'infinite'
  | 'mixed'
  | 'padded'
  | 'correlated'
  | 'columns'
  | 'retyped'
  | 'drift'

/** Something in a table that asks for attention. */
export interface Finding {
  /** What was found. */
  kind: FindingKind
  /** The column that it is about, if it is about one. */
  column?: string
  /** It in words. */
  text: string
}

/** Shares of rows from which on something is told. */
const MUCH_MISSING = 0.2
const NEAR_CONSTANT = 0.99
const NEARLY_EQUAL = 0.95
const MOSTLY_NUMBERS = 0.5
/** Rows from which on values that are all distinct tell of ids. */
const MANY_ROWS = 20

function* ofColumn(column: ColumnProfile, rows: number): Generator<Finding, void> {
  const { name, type, present, missing, distinct, frequent, numbers } = column
  const about = (kind: FindingKind, text: string): Finding => ({ kind, column: name, text })
  if (present === 0) {
    yield about('empty', 'has no value in any row')
    return
  }
  if (missing / rows >= MUCH_MISSING) yield about('missing', `is missing in ${percentText(missing / rows)} of the rows`)
  const [top] = frequent
  if (type !== 'list' && distinct === 1 && top !== undefined)
    yield about('constant', `is always ${show(top.value)}${missing > 0 ? ', where it is not missing' : ''}`)
  else if (type !== 'list' && top !== undefined && top.count / present >= NEAR_CONSTANT)
    yield about(
      'near-constant',
      `is ${show(top.value)} in ${percentText(top.count / present)} of the rows that have it`,
    )
  const isInteger = type === 'number' && numbers?.isInteger === true
  if (distinct === present && present >= MANY_ROWS && (isInteger || type === 'string'))
    yield about('identifier', 'differs in every row: an id, or text that is no category')
  if (numbers !== undefined && numbers.infinite > 0)
    yield about('infinite', `is infinite in ${rowsText(numbers.infinite)}, which count in no figure`)
  const { numeric = 0, padded = 0 } = column
  if (numeric < present && numeric / present >= MOSTLY_NUMBERS)
    yield about('mixed', `is text, though ${percentText(numeric / present)} of its values are numbers`)
  if (padded > 0) yield about('padded', `begins or ends with a space in ${rowsText(padded)}`)
}

function* ofPairs({ columns, values }: Correlations): Generator<Finding, void> {
  for (const [n, a] of columns.entries())
    for (const [m, b] of columns.entries()) {
      const value = values[n]![m] ?? 0
      if (m > n && Math.abs(value) >= NEARLY_EQUAL)
        yield { kind: 'correlated', column: a, text: `goes with ${show(b)}: ${value.toFixed(2)}` }
    }
}

const list = (names: readonly string[]) =>
  `${names.slice(0, 10).map(show).join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`

function* ofDrift({ columns, gone, added, retyped }: TableDrift): Generator<Finding, void> {
  if (gone.length > 0) yield { kind: 'columns', text: `the reference alone has ${list(gone)}` }
  if (added.length > 0) yield { kind: 'columns', text: `the reference does not have ${list(added)}` }
  for (const { column, reference, current } of retyped)
    yield { kind: 'retyped', column, text: `is ${current}, but ${reference} in the reference: not compared` }
  const changed = columns.filter(({ verdict }) => verdict !== 'stable')
  for (const { column, verdict, populationStabilityIndex, byChance } of changed.toSorted(
    (a, b) => b.populationStabilityIndex - a.populationStabilityIndex,
  ))
    yield {
      kind: 'drift',
      column,
      text: `has drifted: ${verdict}, PSI ${populationStabilityIndex.toFixed(3)}${populationStabilityIndex <= byChance ? ', which may be chance among so few rows' : ''}`,
    }
}

/** What asks for attention, the table's before the columns'. */
export function findingsOf(
  rows: number,
  duplicates: number,
  columns: readonly ColumnProfile[],
  correlations: Correlations,
  drift: TableDrift | undefined,
): Finding[] {
  return [
    ...(duplicates > 0
      ? [
          {
            kind: 'duplicates',
            text: `${rowsText(duplicates)} like an earlier one (${percentText(duplicates / rows)})`,
          } as const,
        ]
      : []),
    ...(drift === undefined ? [] : ofDrift(drift)),
    ...columns.flatMap((column) => [...ofColumn(column, rows)]),
    ...ofPairs(correlations),
  ]
}
