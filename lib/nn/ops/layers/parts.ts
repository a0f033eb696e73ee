import { checkInteger } from '../../../native/argument-checks.js'
import { KindredError } from '../../../native/errors.js'
import { type Dim, dimOf, type Size, shapeText } from '../../graph/dim.js'
import type { Tensor } from '../../graph/graph.js'

type Axis = 'rows' | 'columns'

const NUMBER: Record<Axis, number> = { rows: 0, columns: 1 }

const withSize = (shape: readonly Dim[], axis: Axis, size: Dim) => shape.with(NUMBER[axis], size)

/** The size along the axis. @throws ERR_SHAPE for a tensor without that dimension */
function sizeOf(operation: string, x: Tensor, axis: Axis): Dim {
  const size = x.shape[NUMBER[axis]]
  if (size === undefined)
    throw new KindredError('ERR_SHAPE', `${operation}: ${x.name} ${shapeText(x.shape)} has no ${axis}.`)
  return size
}

/** The sum of sizes of which at most one is open. */
function sumOf(operation: string, sizes: readonly Dim[]): Dim {
  const open = sizes.filter(({ symbol }) => symbol >= 0)
  if (open.length > 1)
    throw new KindredError(
      'ERR_VALUE',
      `${operation}: ${open.length} sizes are given with a run, so their sum must be given too, as a size.`,
    )
  const plus = sizes.reduce((sum, dim) => sum + dim.plus, 0)
  const [first] = open
  return first === undefined ? dimOf(plus) : shifted(first, plus - first.plus)
}

/** A size and a number more. */
function shifted(dim: Dim, by: number): Dim {
  const plus = dim.plus + by
  return dim.symbol < 0 ? dimOf(plus) : { ...dim, plus, name: by === 0 ? dim.name : `${dim.name} + ${by}` }
}

function concat(operation: string, axis: Axis, terms: readonly Tensor[], size: Size | undefined): Tensor {
  const [first] = terms
  if (first === undefined) throw new KindredError('ERR_VALUE', `${operation}: expected at least one tensor.`)
  const sizes = terms.map((term) => sizeOf(operation, term, axis))
  const whole = size === undefined ? sumOf(operation, sizes) : dimOf(size)
  for (const term of terms) {
    const others = [term, first].map(({ shape }) => shapeText(withSize(shape, axis, whole)))
    if (others[0] !== others[1] || term.shape.length !== first.shape.length)
      throw new KindredError(
        'ERR_SHAPE',
        `${operation}: ${shapeText(term.shape)} and ${shapeText(first.shape)} differ in more than their ${axis}.`,
      )
  }
  const [y] = first.graph.add(`concat_${axis}`, terms, [{ shape: withSize(first.shape, axis, whole) }], [], ([dy]) =>
    split(operation, axis, dy!, sizes),
  )
  return y!
}

function split(operation: string, axis: Axis, x: Tensor, sizes: readonly Size[]): Tensor[] {
  sizeOf(operation, x, axis)
  if (sizes.length === 0) throw new KindredError('ERR_VALUE', `${operation}: expected at least one size.`)
  const shapes = sizes.map((size) => ({ shape: withSize(x.shape, axis, dimOf(size)) }))
  const { graph } = x
  return graph.add(`split_${axis}`, [x], shapes, [], (gradients) => {
    const parts = gradients.map((dy, n) => dy ?? graph.add('fill', [], [shapes[n]!], [0])[0]!)
    return [concat(operation, axis, parts, x.shape[NUMBER[axis]])]
  })
}

function slice(operation: string, axis: Axis, x: Tensor, begin: number, end: Size | undefined): Tensor {
  const all = sizeOf(operation, x, axis)
  checkInteger('begin', begin, { min: 0 })
  const behind = end === undefined ? all : dimOf(end)
  if (behind.symbol < 0 && behind.plus < begin)
    throw new KindredError(
      'ERR_VALUE',
      `${operation}: expected an end of at least ${begin} but received ${behind.plus}.`,
    )
  const { graph, shape } = x
  const part = { shape: withSize(shape, axis, shifted(behind, -begin)) }
  const [y] = graph.add(`slice_${axis}`, [x], [part], [begin], ([dy]) => [
    graph.add(`slice_${axis}_gradient`, [dy!], [{ shape }], [begin])[0],
  ])
  return y!
}

/**
 * Tensors [rows, dims], or [rows], one below the other.
 * @param rows of all; it must be given where more than one of them is given with a run only
 * @throws ERR_SHAPE for others that differ in more than their rows, ERR_VALUE for none; a run throws ERR_SHAPE for `rows` that
 * are not their sum
 */
export function concatRows(tensors: readonly Tensor[], rows?: Size): Tensor {
  return concat('concatRows', 'rows', tensors, rows)
}

/** Tensors [rows, dims] side by side; see {@link concatRows}. @param columns of all @throws ERR_SHAPE, ERR_VALUE */
export function concatColumns(tensors: readonly Tensor[], columns?: Size): Tensor {
  return concat('concatColumns', 'columns', tensors, columns)
}

/** The inverse of {@link concatRows}: parts of these sizes; a run throws ERR_SHAPE for ones that do not make the whole. @throws ERR_VALUE for none */
export function splitRows(x: Tensor, sizes: readonly Size[]): Tensor[] {
  return split('splitRows', 'rows', x, sizes)
}

/** The inverse of {@link concatColumns}: parts of these sizes, which must make the whole. @throws ERR_SHAPE, ERR_VALUE */
export function splitColumns(x: Tensor, sizes: readonly Size[]): Tensor[] {
  return split('splitColumns', 'columns', x, sizes)
}

/** Rows `begin` to before `end`, to the last if absent. A run throws ERR_SHAPE for rows that are not there. @throws ERR_VALUE */
export function sliceRows(x: Tensor, begin: number, end?: Size): Tensor {
  return slice('sliceRows', 'rows', x, begin, end)
}

/** Columns `begin` to before `end`, to the last if absent, of [rows, dims]. @throws ERR_SHAPE, ERR_VALUE */
export function sliceColumns(x: Tensor, begin: number, end?: Size): Tensor {
  return slice('sliceColumns', 'columns', x, begin, end)
}
