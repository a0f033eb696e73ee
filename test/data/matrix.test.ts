import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { AlternatingLeastSquares, Matrix } from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'
import { code, tasteLog } from '../support/logs.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-matrix-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const at = (name: string) => join(dir, name)

/** Whether python3 can import these modules. */
const python = (modules: string) => spawnSync('python3', ['-c', `import ${modules}`]).status === 0

describe('Matrix', () => {
  it.each(['m.npy', 'm.safetensors'])('is read back as it was written: %s', async (name) => {
    const size = fc.nat(9)
    await fc.assert(
      fc.asyncProperty(size, size, fc.func(fc.float({ noNaN: true })), async (rows, cols, number) => {
        const matrix = new Matrix(rows, cols)
        for (let i = 0; i < rows * cols; i++) matrix.data[i] = number(i)
        await matrix.write(at(name))
        expect(await Matrix.read(at(name))).toEqual(matrix)
      }),
      { numRuns: 30 },
    )
  })

  it('writes a slice as itself', async () => {
    const matrix = new Matrix(3, 2, Float32Array.of(1, 2, 3, 4, 5, 6))
    await matrix.subarray(1, 3).write(at('slice.npy'))
    expect([...(await Matrix.read(at('slice.npy'))).data]).toEqual([3, 4, 5, 6])
  })

  it('refuses what is no matrix of floats', async () => {
    await new Matrix(2, 2).write(at('good.npy'))
    const bytes = readFileSync(at('good.npy'))
    const bad = (name: string, content: Buffer | string) => {
      writeFileSync(at(name), content)
      return Matrix.read(at(name))
    }
    const edited = (from: string, to: string) => Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1')
    await expect(bad('short.npy', bytes.subarray(0, bytes.length - 1))).rejects.toEqual(code('ERR_DATA'))
    await expect(bad('header.npy', bytes.subarray(0, 30))).rejects.toEqual(code('ERR_DATA'))
    await expect(bad('text.npy', 'hello, this is no matrix')).rejects.toEqual(code('ERR_DATA'))
    await expect(bad('complex.npy', edited('<f4', '<c8'))).rejects.toThrow(/"<c8"/)
    await expect(bad('three.npy', edited('(2, 2), ', '(1,2,2),'))).rejects.toEqual(code('ERR_DATA'))
    await expect(bad('bad.safetensors', 'x')).rejects.toEqual(code('ERR_DATA'))
    await expect(Matrix.read(at('missing.npy'))).rejects.toEqual(code('ERR_IO'))
    await expect(Matrix.read(at('matrix.csv'))).rejects.toEqual(code('ERR_VALUE'))
    await new Matrix(1, 1).write(at('one.safetensors'), { tensor: 'a' })
    await expect(Matrix.read(at('one.safetensors'), { tensor: 'b' })).rejects.toThrow(/no tensor "b"/)
    await expect(new Matrix(1, 1).write(join(dir, 'none', 'm.npy'))).rejects.toEqual(code('ERR_IO'))
  })

  it.skipIf(!python('numpy'))('reads what NumPy writes, in either order and width, and NumPy reads ours', async () => {
    await new Matrix(2, 3, Float32Array.of(1, 2, 3, 4, 5, 6)).write(at('ours.npy'))
    const script = `
import numpy as np
m = np.load('ours.npy')
assert m.dtype == np.float32 and m.tolist() == [[1, 2, 3], [4, 5, 6]]
np.save('f8.npy', m.astype(np.float64)); np.save('fortran.npy', np.asfortranarray(m))`
    execFileSync('python3', ['-c', script], { cwd: dir })
    for (const name of ['f8.npy', 'fortran.npy'])
      expect([...(await Matrix.read(at(name))).data]).toEqual([1, 2, 3, 4, 5, 6])
  })

  it.skipIf(!python('safetensors.numpy'))('the snippet of docs/python.md reads a saved model', async () => {
    const model = await new AlternatingLeastSquares({ factors: 4 }).fit(tasteLog())
    await model.save(at('model'))
    const snippet = /```python\n([\s\S]*?)```/.exec(readFileSync('docs/python.md', 'utf8'))![1]
    const score = `
config, tensors, users, items = load_model('model')
print(float(tensors["users.factors"][users.index(3)] @ tensors["items.factors"][items.index(5)]))`
    const printed = execFileSync('python3', ['-c', snippet + score], { cwd: dir, encoding: 'utf8' })
    expect(Number(printed)).toBeCloseTo((await model.score(3, [5]))[0]!, 5)
  })
})
