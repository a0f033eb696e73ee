import { isDate } from 'node:util/types'
import { checkBoolean, checkNumber, checkOneOf, checkOptions, unknownName } from '../../../native/argument-checks.js'
import { KindredError, show } from '../../../native/errors.js'
import type { ColumnType } from '../column.js'
import { checkNames, checkTypes } from '../table-checks.js'

/** What to do where a column's value is missing. */
export interface MissingRule {
  /**
   * 'drop': drops the row. 'constant': puts `value` there. 'mean', 'median' (of numbers and timestamps) and
   * 'most-frequent' (of strings, numbers and booleans): of the values that the cleaner was fitted on. 'none': leaves it.
   */
  fill: 'drop' | 'constant' | 'mean' | 'median' | 'most-frequent' | 'none'
  /** Of 'constant': a number, a string, a boolean or a Date, as the column is. */
  value?: number | string | boolean | Date
  /** Whether to add a column `NAME_missing` of booleans that tells where it was missing; false if absent. */
  flag?: boolean
}

/** Which numbers of a column are outliers, and what becomes of them. */
export interface OutlierRule {
  /**
   * 'iqr': further than `factor` (default 1.5) interquartile ranges from the quartiles (Tukey 1977). 'z-score': further than
   * `factor` (default 3) standard deviations from the mean. 'winsorize': beyond the quantiles `limits`.
   */
  method: 'iqr' | 'z-score' | 'winsorize'
  /** Of 'iqr' and 'z-score'. */
  factor?: number
  /** Of 'winsorize': the quantiles of the least and the largest value that is none; [0.05, 0.95] if absent. */
  limits?: readonly [number, number]
  /**
   * 'clip' (default): to the nearest value that is none. 'drop': drops the row. 'missing': is missing from then on, and filled
   * as that is. 'flag': adds a column `NAME_outlier` of booleans.
   */
  action?: 'clip' | 'drop' | 'missing' | 'flag'
}

/** Which rows are duplicates. */
export interface DuplicateRule {
  /** Columns in which duplicates are equal; all if absent. What is missing equals what is missing. */
  by?: readonly string[]
  /** Which of them stays; 'first' if absent. */
  keep?: 'first' | 'last'
}

/** What {@link TableCleaner} does, in this order. */
export interface CleaningRules {
  /** Types that columns are to have; what does not fit is missing, and counted. */
  types?: Readonly<Record<string, ColumnType>>
  /** Whether to drop duplicates: true for rows that are equal in all columns. Default: they stay. */
  duplicates?: boolean | DuplicateRule
  /** By column of numbers or timestamps. */
  outliers?: Readonly<Record<string, OutlierRule>>
  /** By column: a rule, or its `fill` alone; 'flag' stands for { fill: 'none', flag: true }. */
  missing?: Readonly<Record<string, MissingRule | 'drop' | 'mean' | 'median' | 'most-frequent' | 'flag'>>
}

/** The rules as they are worked by. */
export interface CheckedRules {
  types: Readonly<Record<string, ColumnType>>
  duplicates: { by: readonly string[] | null; keep: 'first' | 'last' } | null
  outliers: Readonly<Record<string, Required<OutlierRule>>>
  missing: Readonly<
    Record<string, { fill: MissingRule['fill']; value: number | string | boolean | null; flag: boolean }>
  >
}

export const RULES = ['types', 'duplicates', 'outliers', 'missing'] as const

const FILLS = ['drop', 'constant', 'mean', 'median', 'most-frequent', 'none'] as const

/** `rule` if it is an object with these fields alone. @throws ERR_VALUE */
function checkRule<T extends object>(where: string, rule: T, legal: readonly string[]): T {
  if (rule === null || typeof rule !== 'object' || Array.isArray(rule))
    throw new KindredError(
      'ERR_VALUE',
      `${where}: expected an object with ${legal.join(', ')} but received ${show(rule)}.`,
    )
  for (const key of Object.keys(rule)) if (!legal.includes(key)) throw unknownName(where, 'option', key, legal)
  return rule
}

function checkMissing(name: string, given: NonNullable<CleaningRules['missing']>[string]) {
  const where = `missing: ${name}`
  if (given === 'flag') return { fill: 'none' as const, value: null, flag: true }
  const rule = typeof given === 'string' ? { fill: given } : checkRule(where, given, ['fill', 'value', 'flag'])
  const fill = checkOneOf(`${where}: fill`, rule.fill, FILLS)
  const value = 'value' in rule ? rule.value : undefined
  const isValue = ['number', 'string', 'boolean'].includes(typeof value) || isDate(value)
  if (fill === 'constant' && (!isValue || (typeof value === 'number' && !Number.isFinite(value))))
    throw new KindredError(
      'ERR_VALUE',
      `${where}: value: expected a finite number, a string, a boolean or a Date to put where it is missing but received ${show(value)}.`,
    )
  if (fill !== 'constant' && value !== undefined)
    throw new KindredError('ERR_VALUE', `${where}: value: of fill: 'constant', but fill is '${fill}'.`)
  const flag = 'flag' in rule && rule.flag !== undefined && checkBoolean(`${where}: flag`, rule.flag)
  return { fill, value: isDate(value) ? value.getTime() : (value ?? null), flag }
}

function checkOutliers(name: string, given: OutlierRule): Required<OutlierRule> {
  const where = `outliers: ${name}`
  const rule = checkRule(where, given, ['method', 'factor', 'limits', 'action'])
  const method = checkOneOf(`${where}: method`, rule.method, ['iqr', 'z-score', 'winsorize'])
  const action = checkOneOf(`${where}: action`, rule.action ?? 'clip', ['clip', 'drop', 'missing', 'flag'])
  const other = method === 'winsorize' ? 'factor' : 'limits'
  if (rule[other] !== undefined)
    throw new KindredError('ERR_VALUE', `${where}: ${other}: of another method than '${method}'.`)
  const factor = checkNumber(`${where}: factor`, rule.factor ?? (method === 'iqr' ? 1.5 : 3), { min: 0 })
  const limits = rule.limits ?? [0.05, 0.95]
  const [low, high] = limits
  if (!Array.isArray(limits) || limits.length !== 2 || !(low >= 0 && low <= high && high <= 1))
    throw new KindredError(
      'ERR_VALUE',
      `${where}: limits: expected two quantiles from 0 to 1 in ascending order but received ${show(limits)}.`,
    )
  return { method, factor, limits: [low, high], action }
}

function checkDuplicates(given: CleaningRules['duplicates']): CheckedRules['duplicates'] {
  if (given === undefined || given === false) return null
  if (given === true) return { by: null, keep: 'first' }
  const rule = checkRule('duplicates', given, ['by', 'keep'])
  const by = rule.by === undefined ? null : checkNames('duplicates: by', rule.by)
  return { by, keep: checkOneOf('duplicates: keep', rule.keep ?? 'first', ['first', 'last']) }
}

/** @throws ERR_VALUE for illegal rules */
export function checkRules(where: string, rules: CleaningRules): CheckedRules {
  rules = checkOptions(where, rules, RULES)
  const each = <T, U>(
    given: Readonly<Record<string, T>> | undefined,
    name: string,
    check: (name: string, one: T) => U,
  ) => {
    if (given === undefined) return {}
    if (given === null || typeof given !== 'object' || Array.isArray(given))
      throw new KindredError('ERR_VALUE', `${name}: expected a rule by column but received ${show(given)}.`)
    return Object.fromEntries(Object.entries(given).map(([column, one]) => [column, check(column, one)]))
  }
  return {
    types: checkTypes('types', rules.types),
    duplicates: checkDuplicates(rules.duplicates),
    outliers: each(rules.outliers, 'outliers', checkOutliers),
    missing: each(rules.missing, 'missing', checkMissing),
  }
}
