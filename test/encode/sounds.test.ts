import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { AudioEmbedder, Catalogue, KindredError } from 'kindred'
import { describe, expect, it } from 'vitest'
import { readWav, toWav } from '#lib/encode/audio/wav.js'
import { addon } from '#lib/native/addon.js'
import { golden, largestDifference, modelFolders, sound, unpack } from './media-folders.js'

const folders = modelFolders()
const folderOf = ({ config, model }: { config: object; model: string }) =>
  folders.make(model, { 'preprocessor_config.json': config })
const WHISPER = golden.sounds.find(({ extractor }) => extractor === 'whisper')!

describe.each(golden.sounds)('the spectrogram of $extractor', (row) => {
  it("is that of transformers' own feature extractor", async () => {
    await using sounds = await AudioEmbedder.load(folderOf(row), { output: 'spectrogram' })
    const { vectors, failed, truncated } = await sounds.embed([sound(row.file)], { normalize: false })
    expect([failed, truncated]).toEqual([[], [false]])
    expect(sounds.sampleRate).toBe(16000)
    const expected = unpack(row.spectrogram)
    const largest = Math.max(...expected.map(Math.abs))
    expect(largestDifference(vectors.row(0), expected)).toBeLessThan(2e-5 * Math.max(largest, 1))
  })

  it('goes through the model as in Python', async () => {
    if (row.extractor === 'clap') return // its states have four dimensions, which are taken for feature maps
    await using sounds = await AudioEmbedder.load(folderOf(row))
    const { vectors } = await sounds.embed([sound(row.file)], { normalize: false })
    expect(largestDifference(vectors.row(0), unpack(row.mean))).toBeLessThan(1e-4)
  })
})

describe('WAV', () => {
  const read = (name: string) => readWav(name, new Uint8Array(readFileSync(sound(name))))
  it('of every width holds the same sound', () => {
    const { samples, sampleRate } = read('chirp-16.wav')
    expect([samples.length, sampleRate]).toEqual([3200, 16000])
    expect(largestDifference(read('chirp-8.wav').samples, samples.subarray(0, 800))).toBeLessThan(0.01)
    expect(largestDifference(read('chirp-32.wav').samples, samples.subarray(0, 1000))).toBeLessThan(1e-4)
    expect(largestDifference(read('rate-f32.wav').samples, samples.subarray(0, 1323))).toBeLessThan(1e-4)
    expect(largestDifference(read('rate-f64.wav').samples, samples.subarray(0, 441))).toBeLessThan(1e-4)
    const stereo = read('stereo-24.wav').samples
    const mean = samples.subarray(0, 1600).map((x, i) => (x - samples[1600 + i]! / 2) / 2)
    expect(largestDifference(stereo, mean)).toBeLessThan(1e-4)
  })

  it('is read as it was written', () => {
    fc.assert(
      fc.property(
        fc.float32Array({ minLength: 1, maxLength: 50, noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 100, max: 1 << 20 }),
        (samples, sampleRate) => {
          expect(readWav('w', toWav({ samples, sampleRate }))).toEqual({
            samples: samples.map((x) => x + 0),
            sampleRate,
          })
        },
      ),
    )
  })

  it('of any bytes is read or refused', () => {
    const whole = new Uint8Array(readFileSync(sound('chirp-8.wav')))
    fc.assert(
      fc.property(fc.nat(60), fc.nat(255), fc.nat(whole.length), (at, value, length) => {
        const copy = whole.slice(0, length)
        if (at < length) copy[at] = value
        try {
          expect(readWav('w', copy).samples.every(Number.isFinite)).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(KindredError)
          expect((error as KindredError).code).toBe('ERR_DATA')
        }
      }),
    )
  })
})

it.each(golden.resampled)(
  'resamples from $from to $to hertz as torchaudio',
  async ({ from, to, samples, expected }) => {
    const native = addon()
    const given = unpack(samples)
    const out = new Float32Array(native.resampledLength(given.length, from, to))
    await native.resampleSound(given, from, to, out)
    expect(largestDifference(out, unpack(expected))).toBeLessThan(1e-5)
  },
)

describe('sounds', () => {
  it('come as paths, bytes and samples, and are resampled', async () => {
    await using sounds = await AudioEmbedder.load(folderOf(WHISPER))
    const path = sound('chirp-16.wav')
    const bytes = new Uint8Array(readFileSync(path))
    const { vectors } = await sounds.embed([path, bytes, readWav('w', bytes)])
    expect(vectors.row(1)).toEqual(vectors.row(0))
    expect(vectors.row(2)).toEqual(vectors.row(0))
    const rates = await sounds.embed(['rate-f32.wav', 'rate-f64.wav', 'stereo-24.wav'].map(sound))
    expect(rates.failed).toEqual([])
  })

  it('longer than the model reads are cut and flagged', async () => {
    await using sounds = await AudioEmbedder.load(folderOf(WHISPER))
    const samples = Float32Array.from({ length: 20000 }, (_, i) => Math.sin(i * i * 1e-5))
    const { vectors, truncated } = await sounds.embed([
      { samples, sampleRate: 16000 },
      { samples: samples.slice(0, 16000), sampleRate: 16000 },
    ])
    expect(truncated).toEqual([true, false])
    expect(vectors.row(0)).toEqual(vectors.row(1))
  })

  it('that fail are told, and the others go on', async () => {
    await using sounds = await AudioEmbedder.load(folderOf(golden.sounds.find(({ extractor }) => extractor === 'ast')!))
    const text = join(folders.root, 'text.mp3')
    writeFileSync(text, 'no sound')
    const { failed, vectors } = await sounds.embed([
      sound('chirp-16.wav'),
      sound('truncated.wav'),
      sound('none.wav'),
      Uint8Array.from([1, 2, 3]),
      { samples: new Float32Array(100), sampleRate: 16000 },
      { samples: Float32Array.of(Number.NaN), sampleRate: 16000 },
      text,
    ])
    expect(failed.map(({ index, error }) => [index, error.code]).slice(0, 5)).toEqual([
      [1, 'ERR_DATA'],
      [2, 'ERR_IO'],
      [3, 'ERR_DATA'],
      [4, 'ERR_DATA'],
      [5, 'ERR_DATA'],
    ])
    expect(['ERR_DATA', 'ERR_NOT_SUPPORTED']).toContain(failed[5]!.error.code) // without ffmpeg
    expect(vectors.row(0).every(Number.isFinite)).toBe(true)
    const catalogue = Catalogue.from(
      [
        { id: 1, f: sound('chirp-16.wav') },
        { id: 2, f: 'none.wav' },
      ],
      { id: 'id', text: '{f}' },
    )
    expect((await sounds.embedItems(catalogue)).report).toMatchObject({ items: 2, embedded: 1, failed: [{ id: 2 }] })
  })

  it.each<[string, object, RegExp]>([
    ['another extractor', { feature_extractor_type: 'EncodecFeatureExtractor' }, /expected one of Whisper/],
    ['an unknown key', { ...WHISPER.config, loudness: 3 }, /"loudness"/],
    ['dither', { ...WHISPER.config, dither: 0.5 }, /dither: expected 0/],
    ['do_normalize', { ...WHISPER.config, do_normalize: true }, /do_normalize/],
    ['a hop of 0', { ...WHISPER.config, hop_length: 0 }, /hop_length: expected an integer/],
    ['fusion', { feature_extractor_type: 'ClapFeatureExtractor' }, /truncation: expected "rand_trunc"/],
  ])('a folder with %s is refused', async (_, config, message) => {
    const call = AudioEmbedder.load(folderOf({ config, model: 'audio3.onnx' }))
    await expect(call).rejects.toMatchObject({ code: 'ERR_ENCODER', message: expect.stringMatching(message) })
  })

  it('a model that reads another number of mels is refused, and what is no sound', async () => {
    const bad = (value: unknown) => value as never
    await using sounds = await AudioEmbedder.load(folderOf(WHISPER))
    const code = 'ERR_VALUE'
    await expect(sounds.embed(bad('a.wav'))).rejects.toMatchObject({ code })
    await expect(sounds.embed([bad({ samples: [1], sampleRate: 1 })])).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/sounds\[0\]\.samples/),
    })
    await expect(sounds.embed([bad({ samples: new Float32Array(1), sampleRate: 0 })])).rejects.toMatchObject({ code })
    await expect(AudioEmbedder.load(bad(undefined))).rejects.toMatchObject({ code })
    const other = folderOf({ config: { ...WHISPER.config, feature_size: 8, chunk_length: 2 }, model: WHISPER.model })
    await expect(AudioEmbedder.load(other)).rejects.toMatchObject({
      code: 'ERR_ENCODER',
      message: expect.stringMatching(/failed/),
    })
  })
})
