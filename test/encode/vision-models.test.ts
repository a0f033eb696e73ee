import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ImageEmbedder } from 'kindred'
import { describe, expect, it } from 'vitest'
import { golden, largestDifference, modelFolders, picture, unpack } from './media-folders.js'
import { childrenOf, isAlive, until } from './processes.js'

const folders = modelFolders()
const CLIP = golden.pictures.find(({ processor }) => processor === 'clip')!.config
const processors = [...new Set(golden.pictures.map(({ processor }) => processor))]
const folderOf = (config: object, others = {}, name?: string) =>
  folders.make('vision.onnx', { 'preprocessor_config.json': config, ...others }, name)

describe.each(processors)('the preprocessing of %s', (processor) => {
  const rows = golden.pictures.filter((row) => row.processor === processor)

  it("gives the pixels of transformers' own processor", async () => {
    await using images = await ImageEmbedder.load(folderOf(rows[0]!.config), { output: 'pixels' })
    const { vectors, failed } = await images.embed(
      rows.map(({ file }) => picture(file)),
      { normalize: false },
    )
    expect(failed).toEqual([])
    for (const [i, { file, shape, pixels }] of rows.entries()) {
      expect(images.dims).toBe(shape[0]! * shape[1]! * shape[2]!)
      const expected = unpack(pixels)
      const found = vectors.row(i).subarray(0, expected.length)
      // Decoders of JPEG may differ by a step of 255; all others are exact.
      const step = Math.max(...expected) > 5 ? 2 : 0.04
      expect(largestDifference(found, expected), file).toBeLessThan(/jpg$/.test(file) ? step : 1e-6)
    }
  })
})

describe('the output', () => {
  const rows = golden.pictures.filter(({ image_embeds }) => image_embeds !== undefined)
  it.each([
    ['image_embeds', {}],
    ['pooler_output', { output: 'pooler_output' }],
    ['feature_maps', { output: 'feature_maps' }],
    ['cls', { output: 'last_hidden_state' }],
    ['mean', { output: 'last_hidden_state', pooling: 'mean' }],
  ] as const)('%s is what onnxruntime gives in Python', async (name, options) => {
    for (const processor of ['clip', 'resnet']) {
      const some = rows.filter((row) => row.processor === processor && row.file.endsWith('png'))
      await using images = await ImageEmbedder.load(folderOf(some[0]!.config), options)
      const { vectors } = await images.embed(
        some.map(({ file }) => picture(file)),
        { normalize: false },
      )
      for (const [i, row] of some.entries())
        expect(largestDifference(vectors.row(i), unpack(row[name]!))).toBeLessThan(1e-4)
      const unit = await images.embed([picture(some[0]!.file)])
      expect(Math.hypot(...unit.vectors.row(0))).toBeCloseTo(1, 5)
    }
  })
})

describe('a folder', () => {
  it('may have its model in onnx/vision_model.onnx, and its processor in processor_config.json', async () => {
    const folder = folders.make(
      'vision.onnx',
      { 'processor_config.json': { image_processor: CLIP } },
      'vision_model.onnx',
    )
    await using images = await ImageEmbedder.load(folder)
    expect(images).toMatchObject({ dims: 6, folder })
  })

  it('that names no processor is told by config.json, or taken at its word', async () => {
    const { image_processor_type: _, ...rest } = CLIP
    const first = await vectorOf(folderOf(CLIP))
    expect(await vectorOf(folderOf(rest, { 'config.json': { model_type: 'clip' } }))).toEqual(first)
    const plain = {
      do_resize: true,
      size: { height: 12, width: 12 },
      resample: 3,
      do_rescale: true,
      rescale_factor: 1 / 255,
      do_normalize: true,
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
    }
    expect(await vectorOf(folderOf(plain))).toEqual(
      await vectorOf(folderOf({ ...plain, image_processor_type: 'ViTImageProcessor' })),
    )
  })

  async function vectorOf(folder: string): Promise<Float32Array> {
    await using images = await ImageEmbedder.load(folder)
    return (await images.embed([picture('wide.png')])).vectors.row(0)
  }

  const size = { height: 12, width: 12 }
  it.each<[string, object, RegExp]>([
    ['an unknown key', { size, do_colour_jitter: true }, /"do_colour_jitter": not known here/],
    ['padding', { size, do_pad: true }, /do_pad: expected false/],
    ['flipped channels', { size, do_flip_channel_order: true }, /do_flip_channel_order/],
    [
      'another processor',
      { size, image_processor_type: 'DetrImageProcessor' },
      /expected one of ViTImageProcessor.*"DetrImageProcessor"/,
    ],
    ['a longest edge', { size: { shortest_edge: 12, longest_edge: 20 }, crop_size: 12 }, /size: expected/],
    ['no size in the end', { size: { shortest_edge: 12 }, do_center_crop: false }, /keep their proportions/],
    ['a negative size', { size: -3 }, /size: expected/],
    ['a filter that there is none of', { size, resample: 9 }, /resample: expected/],
    ['a mean of two', { size, image_mean: [1, 2], image_std: 1 }, /image_mean: expected three/],
    ['a deviation of zero', { size, image_mean: 0, image_std: [1, 0, 1] }, /image_std/],
    ['no deviation', { size, image_mean: 0 }, /image_std: expected three/],
    ['a flag that is none', { size, do_resize: 'yes' }, /do_resize: expected true or false/],
    ['crop_pct of others', { size, crop_pct: 0.9 }, /crop_pct/],
  ])('with %s is refused', async (_, config, message) => {
    await expect(ImageEmbedder.load(folderOf(config))).rejects.toMatchObject({
      code: 'ERR_ENCODER',
      message: expect.stringMatching(message),
    })
  })

  it('without its files, or with a model of another kind, is refused', async () => {
    const code = 'ERR_ENCODER'
    await expect(ImageEmbedder.load('no/such/folder')).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/There is no such folder/),
    })
    await expect(ImageEmbedder.load(folders.make('vision.onnx', {}))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/did not find preprocessor_config\.json/),
    })
    const broken = folderOf(CLIP)
    writeFileSync(join(broken, 'model.onnx'), 'nonsense')
    await expect(ImageEmbedder.load(broken)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/does not load/),
    })
    const sound = folders.make('audio3.onnx', { 'preprocessor_config.json': CLIP })
    await expect(ImageEmbedder.load(sound)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/wants the inputs input_features/),
    })
    await expect(ImageEmbedder.load(folderOf(CLIP), { output: 'logits' })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/not logits/),
    })
    await expect(ImageEmbedder.load(folderOf(CLIP), { dtype: 'int8' })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/no model for dtype 'int8'/),
    })
  })
})

describe('pictures that fail', () => {
  it('are told one by one, and the others go on', async () => {
    await using images = await ImageEmbedder.load(folderOf({ ...CLIP, do_convert_rgb: false }))
    const names = [
      'wide.png',
      'truncated.jpg',
      'text.jpg',
      'empty.jpg',
      'none.jpg',
      'grey.png',
      'alpha.png',
      'tall.jpg',
    ]
    const bytes = new Uint8Array(readFileSync(picture('truncated.jpg')))
    const { vectors, failed } = await images.embed([
      ...names.map(picture),
      bytes,
      ...Array(20).fill(picture('wide.png')),
    ])
    expect(failed.map(({ index, error }) => [index, error.code])).toEqual([
      [1, 'ERR_DATA'],
      [2, 'ERR_DATA'],
      [3, 'ERR_DATA'],
      [4, 'ERR_IO'],
      [5, 'ERR_SHAPE'],
      [6, 'ERR_SHAPE'],
      [8, 'ERR_DATA'],
    ])
    expect(failed[4]!.error.message).toMatch(/expected 3 channels but found 1.*do_convert_rgb: false/)
    for (let i = 0; i < vectors.rows; i++)
      expect(vectors.row(i).every(failed.some(({ index }) => index === i) ? Number.isNaN : Number.isFinite)).toBe(true)
    expect(vectors.row(28)).toEqual(vectors.row(0))
  })
})

describe('the process', () => {
  it('goes with dispose, and calls fail then', async () => {
    const before = childrenOf(process.pid)
    const images = await ImageEmbedder.load(folderOf(CLIP), { threads: 1 })
    const [child] = childrenOf(process.pid).filter((pid) => !before.includes(pid))
    expect(isAlive(child!)).toBe(true)
    const call = images.embed(Array(500).fill(picture('wide.png')))
    images.dispose()
    await expect(call).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
    expect(await until(() => !isAlive(child!), 5)).toBe(true)
    await expect(images.embed([])).resolves.toMatchObject({ failed: [] })
    await expect(images.embed([picture('wide.png')])).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
  })

  it('that is killed fails the call, and the next starts another', async () => {
    const before = childrenOf(process.pid)
    await using images = await ImageEmbedder.load(folderOf(CLIP))
    const [child] = childrenOf(process.pid).filter((pid) => !before.includes(pid))
    const call = images.embed(Array(2000).fill(picture('wide.png')), {
      onProgress: () => isAlive(child!) && process.kill(child!, 'SIGKILL'),
    })
    await expect(call).rejects.toMatchObject({ code: 'ERR_ENCODER_DIED' })
    expect((await images.embed([picture('wide.png')])).failed).toEqual([])
  })

  it('hears an abort, and the event loop stays free', async () => {
    await using images = await ImageEmbedder.load(folderOf(CLIP))
    const controller = new AbortController()
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const call = images.embed(Array(5000).fill(picture('wide.png')), {
      signal: controller.signal,
      onProgress: ({ done }) => done === 40 && controller.abort('enough'),
    })
    await expect(call).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: 'enough' })
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(3)
    expect((await images.embed([picture('wide.png')])).failed).toEqual([])
  })
})
