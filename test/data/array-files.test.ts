import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { AttentionPooling, KindredError, Matrix } from 'kindred'
import { afterAll, describe, expect, it, vi } from 'vitest'

const dir = mkdtempSync(join(tmpdir(), 'kindred-arrays-'))
afterAll(() => rmSync(dir, { recursive: true }))

const fixture = (name: string) => join('test', 'fixtures', 'arrays', name)
const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as {
  read: { file: string; tensor: string | null; rows: number; cols: number; numbers: string }[]
  refused: { file: string; tensor: string | null; reason: string }[]
}

describe('Matrix.read', () => {
  it('has files to read', () => {
    expect(expected.read.length).toBeGreaterThan(60)
    expect(expected.refused.length).toBeGreaterThan(30)
  })

  it.each(expected.read)('rounds as NumPy does: $file $tensor', async ({ file, tensor, rows, cols, numbers }) => {
    const bytes = new Uint8Array(Buffer.from(numbers, 'base64'))
    const matrix = await Matrix.read(fixture(file), { tensor: tensor ?? undefined })
    expect(matrix).toEqual(new Matrix(rows, cols, new Float32Array(bytes.buffer)))
  })

  it.each(expected.refused)('refuses $file $tensor: $reason', async ({ file, tensor, reason }) => {
    const error = await Matrix.read(fixture(file), { tensor: tensor ?? undefined }).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(KindredError)
    expect(error).toMatchObject({ code: 'ERR_DATA', message: expect.stringContaining(reason) })
    expect(error.message).toContain(join('test', 'fixtures', 'arrays'))
    expect(error.message.length).toBeLessThan(1000)
  })

  it('rounds numbers of 64 bits over many pieces, in either order of dimensions', async () => {
    const [rows, cols] = [700, 900]
    const numbers = BigInt64Array.from({ length: rows * cols }, (_, i) => BigInt(i) * 1_000_003n)
    for (const fortran of [false, true]) {
      const header = `{'descr': '<i8', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${rows}, ${cols})}`
      const path = join(dir, 'large.npy')
      writeFileSync(path, Buffer.concat([npyHeader(header), new Uint8Array(numbers.buffer)]))
      const { data } = await Matrix.read(path)
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < cols; c++)
          if (data[r * cols + c] !== Math.fround((fortran ? c * rows + r : r * cols + c) * 1_000_003))
            expect.fail(`row ${r}, column ${c}: ${data[r * cols + c]}`)
    }
  })

  it('ends under fake timers', async () => {
    vi.useFakeTimers()
    try {
      for (const file of ['fortran-f8.npy', 'one-tensor.safetensors'])
        expect((await Matrix.read(fixture(file))).rows).toBe(4)
    } finally {
      vi.useRealTimers()
    }
  })

  it('never repeats a whole header in an error', async () => {
    const path = join(dir, 'long.npy')
    for (const [descr, shape] of [
      ['<f4', `(${'1, '.repeat(9000)})`],
      [`<f4${'x'.repeat(9000)}`, '(1, 1)'],
    ]) {
      writeFileSync(path, npyHeader(`{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}}`))
      const error = await Matrix.read(path).catch((thrown) => thrown)
      expect(error).toMatchObject({ code: 'ERR_DATA' })
      expect(error.message.length).toBeLessThan(400)
    }
  })

  it('refuses sizes beyond its limits, naming the file', async () => {
    const path = join(dir, 'none.npy')
    writeFileSync(path, npyHeader(`{'descr': '<f4', 'fortran_order': False, 'shape': (0, ${2 ** 31})}`))
    await expect(Matrix.read(path)).rejects.toMatchObject({
      code: 'ERR_TOO_LARGE',
      message: expect.stringContaining(path),
    })
  })

  it('says of a missing file that it is missing', async () => {
    for (const name of ['missing.npy', 'missing.safetensors', 'missing.safetensors.index.json'])
      await expect(Matrix.read(join(dir, name))).rejects.toMatchObject({
        code: 'ERR_IO',
        message: expect.stringContaining('no such file'),
      })
  })
})

describe('a tensor name', () => {
  it.each([5, '__metadata__', 'half \ud800', null])('that can be none is refused: %j', async (tensor) => {
    const path = join(dir, 'named.safetensors')
    for (const call of [
      () => Matrix.read(path, { tensor: tensor as never }),
      () => new Matrix(1, 1).write(path, { tensor: tensor as never }),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'ERR_VALUE', message: expect.stringMatching(/^tensor:/) })
  })

  it.each(['', '__proto__', 'constructor', 'naïve "name"'])('is kept: %j', async (tensor) => {
    const path = join(dir, 'kept.safetensors')
    await new Matrix(1, 2, Float32Array.of(1, 2)).write(path, { tensor })
    expect([...(await Matrix.read(path, { tensor })).data]).toEqual([1, 2])
  })
})

it('AttentionPooling.load reads queries of another type, beside tensors of any', async () => {
  const bytes = readFileSync(fixture('every-type.safetensors'))
  const path = join(dir, 'pooling.safetensors')
  const length = Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length))
  const { I16: queries, __metadata__: _, ...others } = header
  writeFileSync(path, safetensorsOf({ queries, ...others }, bytes.subarray(8 + length)))
  const matrix = await Matrix.read(fixture('every-type.safetensors'), { tensor: 'I16' })
  expect((await AttentionPooling.load(path)).queries).toEqual(matrix)
})

function npyHeader(text: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16LE(text.length)
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(text, 'latin1')])
}

function safetensorsOf(header: unknown, data: Uint8Array): Buffer {
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return Buffer.concat([length, json, data])
}

type View = { view: DataView; little: boolean }

/** Another decoder of the types that the mutated files have. */
const PLAIN: Record<string, [bytes: number, read: (at: number, view: View) => number]> = {
  f2: [2, (at, { view, little }) => half(view.getUint16(at, little))],
  f4: [4, (at, { view, little }) => view.getFloat32(at, little)],
  f8: [8, (at, { view, little }) => view.getFloat64(at, little)],
  i2: [2, (at, { view, little }) => view.getInt16(at, little)],
  i4: [4, (at, { view, little }) => view.getInt32(at, little)],
  i1: [1, (at, { view }) => view.getInt8(at)],
  u1: [1, (at, { view }) => view.getUint8(at)],
  u2: [2, (at, { view, little }) => view.getUint16(at, little)],
  u4: [4, (at, { view, little }) => view.getUint32(at, little)],
  b1: [1, (at, { view }) => Number(view.getUint8(at) > 0)],
}

function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023]
  const size = exponent === 31 ? (fraction ? Number.NaN : Infinity) : exponent ? 1024 + fraction : fraction
  return (bits & 0x8000 ? -1 : 1) * size * 2 ** ((exponent || 1) - 25)
}

interface Plain {
  type: string
  little: boolean
  shape: number[]
  columnMajor: boolean
  data: Buffer
}

/** What a .npy file holds, its header read as JSON. */
function plainNpy(bytes: Buffer): Plain {
  const wide = bytes[6]! > 1
  const begin = wide ? 12 : 10
  const end = begin + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8))
  const json = bytes
    .toString('latin1', begin, end)
    .replace(/True|False/g, (word) => word.toLowerCase())
    .replace(/u?'([^']*)'/g, '"$1"')
    .replace(/(\d)L/g, '$1')
    .replaceAll('(', '[')
    .replaceAll(')', ']')
    .replace(/,(\s*[\]}])/g, '$1')
  const { descr, fortran_order, shape } = JSON.parse(json)
  const type = descr.replace(/^[<>=|]/, '')
  return { type, little: descr[0] !== '>', shape, columnMajor: fortran_order, data: bytes.subarray(end) }
}

/** What a safetensors file of one tensor holds. */
function plainSafetensors(bytes: Buffer): Plain {
  const begin = 8 + Number(bytes.readBigUInt64LE())
  const { __metadata__: _, ...tensors } = JSON.parse(bytes.toString('utf8', 8, begin))
  const [{ dtype, shape, data_offsets }] = Object.values(tensors) as [
    { dtype: string; shape: number[]; data_offsets: [number, number] },
  ]
  const type = dtype === 'BOOL' ? 'b1' : `${dtype[0]!.toLowerCase()}${Number(dtype.slice(1)) / 8}`
  const data = bytes.subarray(begin + data_offsets[0], begin + data_offsets[1])
  return { type, little: true, shape, columnMajor: false, data }
}

function plainMatrix({ type, little, shape, columnMajor, data }: Plain): Matrix {
  const [rows, cols] = shape.length === 1 ? [1, shape[0]!] : (shape as [number, number])
  const [bytes, read] = PLAIN[type]!
  expect(data.length).toBe(rows * cols * bytes)
  const view = { view: new DataView(data.buffer, data.byteOffset, data.length), little }
  const matrix = new Matrix(rows, cols)
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < cols; c++) {
      const value = read((columnMajor ? c * rows + r : r * cols + c) * bytes, view)
      matrix.data[r * cols + c] = value
      if (Number.isFinite(value)) expect(Number.isFinite(Math.fround(value))).toBe(true)
    }
  return matrix
}

/** A change of a file: bytes from `at` on, counted from the end if negative, replaced by others, by as many if `removed` is absent. */
const change = fc.record({
  at: fc.oneof(fc.integer({ min: 0, max: 140 }), fc.integer({ min: -60, max: -1 })),
  removed: fc.option(fc.nat(3), { nil: undefined, freq: 1 }),
  added: fc.oneof(
    fc.uint8Array({ maxLength: 3 }),
    fc
      .string({ unit: fc.constantFrom(...`0123456789,:()[]{}<>=|fiub'" \\LTFe-_`), maxLength: 3 })
      .map((text) => new TextEncoder().encode(text)),
  ),
})

function changed(
  bytes: Buffer,
  changes: readonly { at: number; removed: number | undefined; added: Uint8Array }[],
): Buffer {
  let out = bytes
  for (const { at, removed, added } of changes) {
    const from = at < 0 ? Math.max(0, out.length + at) : Math.min(at, out.length)
    out = Buffer.concat([out.subarray(0, from), added, out.subarray(from + (removed ?? added.length))])
  }
  return out
}

const grid = Float64Array.of(0, 1, -2.5, 1e30, 3, 0.1)
const header = (descr: string, order: string) => `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (3, 2), }`
const tensor = (dtype: string, bytes: number) => ({ x: { dtype, shape: [3, 2], data_offsets: [0, 6 * bytes] } })
const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

const MUTATED: [name: string, file: Buffer, plain: (bytes: Buffer) => Plain][] = [
  ['f4.npy', Buffer.concat([npyHeader(header('<f4', 'False')), bytesOf(Float32Array.from(grid))]), plainNpy],
  ['f8.npy', Buffer.concat([npyHeader(header('>f8', 'True')), Buffer.from(grid.slice().buffer).swap64()]), plainNpy],
  ['f2.npy', Buffer.concat([npyHeader(header('<f2', 'True')), bytesOf(Uint16Array.from(grid))]), plainNpy],
  ['u1.npy', Buffer.concat([npyHeader(header('|u1', 'False')), bytesOf(Uint8Array.from(grid))]), plainNpy],
  ['F32.safetensors', safetensorsOf(tensor('F32', 4), bytesOf(Float32Array.from(grid))), plainSafetensors],
  ['F64.safetensors', safetensorsOf(tensor('F64', 8), bytesOf(grid)), plainSafetensors],
  ['I16.safetensors', safetensorsOf(tensor('I16', 2), bytesOf(Int16Array.from(grid))), plainSafetensors],
]

describe('a file with some bytes changed', () => {
  it.each(MUTATED)('is read as it then is, or refused: %s', async (name, file, plain) => {
    const path = join(dir, name)
    writeFileSync(path, file)
    expect(await Matrix.read(path)).toEqual(plainMatrix(plain(file)))
    let read = 0
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 2 }), async (changes) => {
        const bytes = changed(file, changes)
        writeFileSync(path, bytes)
        const matrix = await Matrix.read(path).catch((error) => {
          expect(error).toBeInstanceOf(KindredError)
          expect(['ERR_DATA', 'ERR_TOO_LARGE']).toContain(error.code)
          return undefined
        })
        if (matrix === undefined) return
        read++
        expect(matrix).toEqual(plainMatrix(plain(bytes)))
      }),
      { numRuns: 600, seed: 1 },
    )
    expect(read).toBeGreaterThan(60)
  })
})
