import fc from 'fast-check'
import { SparseMatrix } from 'kindred'
import { describe, expect, it } from 'vitest'
import { code } from '../support/logs.js'

describe('SparseMatrix', () => {
  it('holds what its rows said, in ascending columns', async () => {
    const rows = fc.array(fc.uniqueArray(fc.tuple(fc.nat(9), fc.integer()), { selector: ([column]) => column }))
    await fc.assert(
      fc.asyncProperty(rows, async (lists) => {
        const matrix = SparseMatrix.from(lists, 10)
        expect(matrix.rows).toBe(lists.length)
        expect(matrix.nonzeros).toBe(lists.flat().length)
        const dense = await matrix.toDense()
        lists.forEach((list, r) => {
          const { indices, values } = matrix.row(r)
          expect([...indices]).toEqual(list.map(([column]) => column).sort((a, b) => a - b))
          for (const [n, column] of indices.entries()) expect(dense.row(r)[column]).toBe(values[n])
          expect(dense.row(r).filter((value) => value !== 0).length).toBe(list.filter(([, v]) => v !== 0).length)
        })
      }),
      { numRuns: 50 },
    )
  })

  it('keeps the arrays that it is given', () => {
    const [offsets, indices, values] = [Int32Array.of(0, 1, 1), Int32Array.of(2), Float32Array.of(5)]
    const matrix = new SparseMatrix(2, 3, offsets, indices, values)
    expect(matrix.offsets).toBe(offsets)
    expect(matrix.row(0).values.buffer).toBe(values.buffer)
    expect(matrix.row(1).indices).toHaveLength(0)
    expect(() => matrix.row(2)).toThrow(code('ERR_VALUE'))
  })

  it('refuses arrays that do not fit together', async () => {
    const make = (offsets: number[], indices: number[], values: number[]) => () =>
      new SparseMatrix(2, 3, Int32Array.from(offsets), Int32Array.from(indices), Float32Array.from(values))
    expect(make([0, 1], [0], [1])).toThrow(code('ERR_SHAPE'))
    expect(make([1, 1, 1], [0], [1])).toThrow(code('ERR_SHAPE'))
    expect(make([0, 1, 2], [0], [1])).toThrow(code('ERR_SHAPE'))
    expect(make([0, 1, 1], [0], [1, 2])).toThrow(/one value per index/)
    await expect(make([0, 1, 1], [3], [1])().toDense()).rejects.toThrow(/row 0 has column 3/)
    await expect(make([0, 1, 1], [-1], [1])().toDense()).rejects.toEqual(code('ERR_SHAPE'))
    expect(() => new SparseMatrix(0, 0, [0] as never, new Int32Array(), new Float32Array())).toThrow(/Int32Array/)
    expect(() => new SparseMatrix(0, 0, Int32Array.of(0), new Int32Array(), [] as never)).toThrow(/Float32Array/)
    expect(() => SparseMatrix.from([[[0, 1]], [[3, 1]]], 3)).toThrow(/row 1: column/)
    expect(() => SparseMatrix.from([[[0, Number.NaN]]], 3)).toThrow(/row 0: expected a number/)
    expect(() => SparseMatrix.from([[[0, 1e300]]], 3)).toThrow(code('ERR_VALUE'))
    expect(() => SparseMatrix.from([[[1, 1]], [[1, 1], [1, 2]]], 3)).toThrow(code('ERR_DUPLICATE')) // biome-ignore format: rows
    expect(() => SparseMatrix.from(7 as never, 3)).toThrow(code('ERR_VALUE'))
  })
})
