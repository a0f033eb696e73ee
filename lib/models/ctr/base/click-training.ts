import { Table } from '../../../data/table/table.js'
import { FeaturePipeline } from '../../../features/pipeline/feature-pipeline.js'
import { checkString } from '../../../native/argument-checks.js'
import { KindredError, show } from '../../../native/errors.js'
import { checkBothClasses, groupsOf, labelsOf, type RowGroups } from './click-labels.js'
import type { ClickFitOptions, FieldKind } from './click-model.js'
import { ClickReport } from './click-report.js'
import { judgeClicks } from './judge-clicks.js'

const KINDS: readonly FieldKind[] = ['categorical', 'numeric', 'multi', 'vector']

/** @internal Rows with what happened. */
export interface LabelledRows {
  /** Of fields alone, with others that `columns` leaves out. */
  readonly table: Table
  /** [rows], 0 or 1. */
  readonly labels: Float32Array
  readonly groups: RowGroups | undefined
}

/** @internal What a model of clicks learns from. */
export interface ClickTraining {
  readonly train: LabelledRows
  readonly validation: LabelledRows | undefined
  /** The columns that are fields, in their order. */
  readonly columns: readonly string[]
  /** What some of them are. */
  readonly kinds: Readonly<Record<string, FieldKind>>
  readonly options: ClickFitOptions
  /** Judges predictions of the validation. */
  judge(predicted: Float32Array): Promise<ClickReport>
}

/** @internal @throws ERR_VALUE */
export function checkTable(where: string, table: unknown): asserts table is Table {
  if (!(table instanceof Table))
    throw new KindredError(
      'ERR_VALUE',
      `${where}: expected a Table but received ${show(table)}. Table.read and Table.from make one.`,
    )
}

/**
 * @internal The pipeline of a fit, fitted: a copy, so that later fits of the given one leave the model as it is, and a failure
 * the given one.
 * @throws ERR_VALUE for what is none, ERR_COLUMN for one that reads the label, and what its fit throws
 */
export async function fittedPipeline(
  table: Table,
  { features, label, signal }: ClickFitOptions,
): Promise<FeaturePipeline | undefined> {
  if (features === undefined) return undefined
  if (!(features instanceof FeaturePipeline))
    throw new KindredError('ERR_VALUE', `features: expected a FeaturePipeline but received ${show(features)}.`)
  const own = features.copy()
  if (!own.isFitted) await own.fit(table, { target: label, signal })
  if (own.inputs.some(({ column }) => column === label))
    throw new KindredError(
      'ERR_COLUMN',
      `features: a feature reads the label ${show(label)}, which is to be predicted. Leave it out of the FeaturePipeline.`,
    )
  return own
}

/** @internal The rows of a fit, checked. @throws ERR_COLUMN, ERR_DATA, ERR_VALUE, ERR_ABORTED */
export async function trainingOf(
  table: Table,
  options: ClickFitOptions,
  pipeline: FeaturePipeline | undefined,
): Promise<ClickTraining> {
  const { label, group, signal } = options
  const labelled = async (where: string, of: Table): Promise<LabelledRows> => ({
    labels: await labelsOf(where, of, label, signal),
    groups: group === undefined ? undefined : await groupsOf(where, of, group, signal),
    table: pipeline ? await pipeline.transformTable(of, { signal }) : of,
  })
  const train = await labelled('fit', table)
  checkBothClasses('fit', train.labels)
  const ignored = namesOf([table, train.table], options.ignore)
  const columns = train.table.columns.filter((name) => (pipeline || name !== label) && !ignored.includes(name))
  if (columns.length === 0) throw new KindredError('ERR_COLUMN', 'fit: expected a column beside the label.')
  const kinds = kindsOf(options.fields, columns)
  let validation: LabelledRows | undefined
  if (options.validation !== undefined) {
    checkTable('validation', options.validation)
    validation = await labelled('validation', options.validation)
    checkBothClasses('validation', validation.labels)
  }
  return {
    train,
    validation,
    columns,
    kinds,
    options,
    async judge(predicted) {
      const { labels, groups } = validation!
      return new ClickReport(await judgeClicks(predicted, labels, { bins: 10, groups, signal }))
    },
  }
}

/** @throws ERR_VALUE for what is no list of names, ERR_COLUMN for one that the tables, of columns and of fields, lack */
function namesOf([table, made]: readonly [Table, Table], ignore: ClickFitOptions['ignore']): readonly string[] {
  if (ignore === undefined) return []
  if (!Array.isArray(ignore))
    throw new KindredError('ERR_VALUE', `ignore: expected names of columns but received ${show(ignore)}.`)
  for (const name of ignore) if (!made.has(checkString('ignore', name))) table.column(name)
  return ignore
}

/** @throws ERR_VALUE for an unknown kind, ERR_COLUMN for what is no field */
function kindsOf(given: ClickFitOptions['fields'], columns: readonly string[]): Readonly<Record<string, FieldKind>> {
  if (given === undefined) return {}
  if (given === null || typeof given !== 'object' || Array.isArray(given))
    throw new KindredError('ERR_VALUE', `fields: expected kinds by the names of columns but received ${show(given)}.`)
  const own: Record<string, FieldKind> = Object.create(null)
  for (const [name, kind] of Object.entries(given)) {
    if (!columns.includes(name))
      throw new KindredError(
        'ERR_COLUMN',
        `fields: there is no field ${show(name)}. Fields: ${columns.slice(0, 50).map(show).join(', ')}.`,
      )
    own[name] = checkKind(name, kind)
  }
  return own
}

function checkKind(name: string, kind: unknown): FieldKind {
  if (KINDS.includes(kind as FieldKind)) return kind as FieldKind
  throw new KindredError(
    'ERR_VALUE',
    `fields, ${show(name)}: expected one of ${KINDS.map(show).join(', ')} but received ${show(kind)}.`,
  )
}
