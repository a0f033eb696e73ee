import { KindredError } from '../../native/errors.js'

/** A sound of one channel. */
export interface Sound {
  /** From -1 to 1. */
  samples: Float32Array
  /** Samples per second. */
  sampleRate: number
}

const PCM = 1
const FLOAT = 3
const EXTENSIBLE = 0xfffe

/** Samples per second of what is taken for a sound. */
export const LOWEST_RATE = 100
export const HIGHEST_RATE = 1 << 20

interface Format {
  kind: number
  channels: number
  sampleRate: number
  bits: number
}

/** Whether bytes are those of a RIFF WAVE file. */
export function isWav(bytes: Uint8Array): boolean {
  const word = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4))
  return word(0) === 'RIFF' && word(8) === 'WAVE'
}

/**
 * Reads a WAV file of PCM (8, 16, 24 or 32 bits) or floats (32 or 64 bits); channels are averaged.
 * @param name of the file, for messages
 * @param most how many samples of a sound at this rate are wanted at most; default all
 * @throws ERR_DATA for one that is damaged, cut off, or holds something else
 */
export function readWav(name: string, bytes: Uint8Array, most: (sampleRate: number) => number = () => Infinity): Sound {
  const fail = (what: string): never => {
    throw new KindredError('ERR_DATA', `${name}: ${what}.`)
  }
  if (!isWav(bytes)) fail('expected a WAV file (RIFF, WAVE)')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let format: Format | undefined
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = String.fromCharCode(...bytes.subarray(at, at + 4))
    const size = view.getUint32(at + 4, true)
    const begin = at + 8
    if (begin + size > bytes.length)
      fail(`it is cut off: "${id}" should have ${size} bytes and has ${bytes.length - begin}`)
    if (id === 'fmt ') format = readFormat(new DataView(bytes.buffer, bytes.byteOffset + begin, size), fail)
    if (id === 'data') {
      if (format === undefined) return fail('its samples come before their format')
      return readSamples(
        new DataView(bytes.buffer, bytes.byteOffset + begin, size),
        format,
        most(format.sampleRate),
        fail,
      )
    }
    at = begin + size + (size % 2)
  }
  return fail('it has no samples')
}

function readFormat(view: DataView, fail: (what: string) => never): Format {
  if (view.byteLength < 16) fail('its format is cut off')
  const [tag, channels, sampleRate, bits] = [0, 2, 4, 14].map((at) =>
    at === 4 ? view.getUint32(at, true) : view.getUint16(at, true),
  ) as [number, number, number, number]
  // The first two bytes of an extensible format's GUID are the tag.
  const kind = tag === EXTENSIBLE && view.byteLength >= 26 ? view.getUint16(24, true) : tag
  const known = kind === PCM ? [8, 16, 24, 32].includes(bits) : kind === FLOAT && [32, 64].includes(bits)
  if (!known)
    fail(`expected PCM of 8, 16, 24 or 32 bits or floats of 32 or 64 but found format ${kind} of ${bits} bits`)
  if (channels < 1 || sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE)
    fail(`expected channels and a rate from ${LOWEST_RATE} to ${HIGHEST_RATE} but found ${channels} and ${sampleRate}`)
  return { kind, channels, sampleRate, bits }
}

const READERS: Record<string, (view: DataView, at: number) => number> = {
  '1 8': (view, at) => (view.getUint8(at) - 128) / 128,
  '1 16': (view, at) => view.getInt16(at, true) / 2 ** 15,
  '1 24': (view, at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65536) / 2 ** 23,
  '1 32': (view, at) => view.getInt32(at, true) / 2 ** 31,
  '3 32': (view, at) => view.getFloat32(at, true),
  '3 64': (view, at) => view.getFloat64(at, true),
}

function readSamples(
  view: DataView,
  { kind, channels, sampleRate, bits }: Format,
  most: number,
  fail: (what: string) => never,
): Sound {
  const bytes = bits / 8
  const count = Math.min(most, Math.floor(view.byteLength / (bytes * channels)))
  if (count === 0) fail('it has no samples')
  const read = READERS[`${kind} ${bits}`]!
  const samples = new Float32Array(count)
  let finite = true
  for (let i = 0; i < count; i++) {
    let sum = 0
    for (let c = 0; c < channels; c++) sum += read(view, (i * channels + c) * bytes)
    samples[i] = sum / channels
    finite &&= Number.isFinite(samples[i])
  }
  if (!finite) fail('it holds samples that are not finite')
  return { samples, sampleRate }
}

const HEADER = 44

/** A sound as the bytes of a WAV file of 32-bit floats. */
export function toWav({ samples, sampleRate }: Sound): Uint8Array {
  const out = new Uint8Array(HEADER + samples.byteLength)
  const view = new DataView(out.buffer)
  const text = (at: number, word: string) => out.set(Buffer.from(word, 'latin1'), at)
  text(0, 'RIFF')
  view.setUint32(4, out.length - 8, true)
  text(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, FLOAT, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, sampleRate, true)
  view.setUint32(28, sampleRate * 4, true)
  view.setUint16(32, 4, true)
  view.setUint16(34, 32, true)
  text(36, 'data')
  view.setUint32(40, samples.byteLength, true)
  for (let i = 0; i < samples.length; i++) view.setFloat32(HEADER + 4 * i, samples[i]!, true)
  return out
}
