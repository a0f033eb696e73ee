import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readSafetensors, writeSafetensors } from '#lib/data/storage/safetensors.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
let files = 0
const newPath = () => join(dir, `${files++}.safetensors`)

const tensors = {
  b: { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 5, 6) },
  a: { shape: [3], data: Uint8Array.of(1, 2, 255) },
  wide: { shape: [1, 1, 2], data: BigInt64Array.of(2n ** 53n, -1n) },
  double: { shape: [1], data: Float64Array.of(Math.PI) },
  ints: { shape: [2], data: Int32Array.of(-1, 2 ** 31 - 1) },
  empty: { shape: [0, 7], data: new Float32Array(0) },
  ' ünïcode "quoted"': { shape: [], data: Float32Array.of(4) },
}

function fileOf(header: string | Buffer, dataBytes: number, declared = Buffer.byteLength(header)): string {
  const path = newPath()
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(declared))
  writeFileSync(path, Buffer.concat([prefix, Buffer.from(header), Buffer.alloc(dataBytes)]))
  return path
}
const tensor = (offsets: unknown, shape: unknown = [1], dtype: unknown = 'F32') => ({
  dtype,
  shape,
  data_offsets: offsets,
})

describe('safetensors', () => {
  it('reads a name that stands in the metadata, or within another name, too', async () => {
    const header = { __metadata__: { x: '"x":{}' }, x: tensor([0, 4]), '"x"': tensor([4, 8]), y: tensor([8, 12]) }
    const read = await readSafetensors(fileOf(JSON.stringify(header), 12))
    expect([...read.tensors.keys()]).toEqual(['x', '"x"', 'y'])
    const long = { __metadata__: { x: '\\"'.repeat(5_000_000) }, x: tensor([0, 4]) }
    expect((await readSafetensors(fileOf(JSON.stringify(long), 4))).tensors.size).toBe(1)
  })

  it('reads what it wrote, bit for bit', async () => {
    const path = newPath()
    const { sha256, bytes } = await writeSafetensors(path, tensors, { metadata: { z: 'last', a: 'first' } })
    const read = await readSafetensors(path)
    expect(Object.fromEntries(read.tensors)).toEqual(tensors)
    expect(read.metadata).toEqual({ z: 'last', a: 'first' })
    expect(read.sha256).toBe(sha256)
    expect(readFileSync(path)).toHaveLength(bytes)
  })

  it('writes the same bytes whatever the order of names, aligned', async () => {
    const reversed = Object.fromEntries(Object.entries(tensors).reverse())
    const [first, second] = [newPath(), newPath()]
    await writeSafetensors(first, tensors)
    await writeSafetensors(second, reversed)
    expect(readFileSync(first).equals(readFileSync(second))).toBe(true)
    expect(readFileSync(first).readBigUInt64LE() % 8n).toBe(0n)
  })

  it('writes views from their own offset', async () => {
    const path = newPath()
    await writeSafetensors(path, { x: { shape: [2], data: Float32Array.of(1, 2, 3, 4).subarray(1, 3) } })
    expect([...(await readSafetensors(path)).tensors.get('x')!.data]).toEqual([2, 3])
  })

  it('writes more than one piece', async () => {
    const path = newPath()
    const data = Float32Array.from({ length: 700_001 }, (_, i) => i)
    await writeSafetensors(path, { x: { shape: [700_001], data } })
    const read = (await readSafetensors(path)).tensors.get('x')!.data
    expect(Buffer.from(read.buffer).equals(Buffer.from(data.buffer))).toBe(true)
  })

  it('never overwrites', async () => {
    const path = newPath()
    writeFileSync(path, 'mine')
    await expect(writeSafetensors(path, tensors)).rejects.toMatchObject({ code: 'ERR_IO' })
    expect(readFileSync(path, 'utf8')).toBe('mine')
  })

  it.each<[string, () => string, RegExp]>([
    ['too short a file', () => fileOf('', 0).replace(/$/, '.none'), /no such file/],
    ['a header beyond the file', () => fileOf('{}', 0, 3), /truncated within its header/],
    ['a monstrous header', () => fileOf('{}', 0, 2 ** 50), /declares a header/],
    ['no JSON', () => fileOf('{', 0), /not JSON/],
    ['no object', () => fileOf('[]', 0), /not a JSON object/],
    ['metadata of numbers', () => fileOf('{"__metadata__":{"a":1}}', 0), /metadata/],
    ['a null tensor', () => fileOf('{"x":null}', 4), /dtype/],
    ['an unknown dtype', () => fileOf(JSON.stringify({ x: tensor([0, 2], [1], 'BF16') }), 2), /"BF16"/],
    ['a dtype from the prototype', () => fileOf(JSON.stringify({ x: tensor([0, 4], [1], 'toString') }), 4), /dtype/],
    ['a negative size', () => fileOf(JSON.stringify({ x: tensor([0, 4], [-1]) }), 4), /shape/],
    ['an overflowing shape', () => fileOf(JSON.stringify({ x: tensor([0, 4], [2 ** 40, 2 ** 40]) }), 4), /needs/],
    ['reversed offsets', () => fileOf(JSON.stringify({ x: tensor([4, 0]) }), 4), /data_offsets/],
    ['an overlap', () => fileOf(JSON.stringify({ x: tensor([0, 4]), y: tensor([0, 4]) }), 4), /overlaps/],
    [
      'a name that comes twice',
      () =>
        fileOf(`{"a\\u0062":${JSON.stringify(tensor([0, 4]))},"x" : {}, "ab":${JSON.stringify(tensor([0, 4]))}}`, 4),
      /"ab" stands twice/,
    ],
    ['metadata in a list', () => fileOf('{"__metadata__":["a"]}', 0), /metadata/],
    ['no UTF-8', () => fileOf(Buffer.from('{"\xff":1}', 'latin1'), 0), /not UTF-8/],
    ['a gap', () => fileOf(JSON.stringify({ x: tensor([4, 8]) }), 8), /gap/],
    ['a size that is not its shape', () => fileOf(JSON.stringify({ x: tensor([0, 8]) }), 8), /needs 4 bytes/],
    ['data cut short', () => fileOf(JSON.stringify({ x: tensor([0, 4]) }), 3), /truncated/],
    ['data too long', () => fileOf(JSON.stringify({ x: tensor([0, 4]) }), 5), /1 bytes follow/],
  ])('refuses %s, naming the file', async (_, make, message) => {
    const path = make()
    await expect(readSafetensors(path)).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_MODEL_FILE', message: expect.stringMatching(message) }),
    )
    await expect(readSafetensors(path)).rejects.toThrow(path)
  })
})
