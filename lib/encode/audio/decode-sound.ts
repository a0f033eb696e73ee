import { KindredError } from '../../native/errors.js'
import { nativeCall, nativeCallSync } from '../../native/native-call.js'
import { nameOf, readBytes } from '../media/read-bytes.js'
import { runProgram } from '../media/run-program.js'
import type { MediaInput } from '../onnx/ipc-protocol.js'
import { isWav, readWav, type Sound } from './wav.js'

const FFMPEG =
  'Sounds other than WAV are read through ffmpeg, which is not installed or not in PATH. Install it: apt-get install ffmpeg, brew install ffmpeg, winget install ffmpeg; or give WAV files'

/** Samples more than the model reads that are kept, so that the last ones are resampled as of the whole sound. */
const MARGIN = 64

/**
 * The first samples of a sound at `sampleRate`, one channel, a few more than `most` where there are: WAV is read
 * here, other files through ffmpeg.
 * @throws ERR_IO, ERR_RESOURCES, ERR_DATA, ERR_NOT_SUPPORTED where ffmpeg is needed and not installed
 */
export async function decodeSound(input: MediaInput, sampleRate: number, most: number): Promise<Float32Array> {
  const bytes = await readBytes(input)
  if (isWav(bytes)) {
    const wanted = (rate: number) => Math.ceil(((most + MARGIN) * rate) / sampleRate) + MARGIN
    return resampleTo(readWav(nameOf(input), bytes, wanted), sampleRate)
  }
  if (typeof input !== 'string')
    throw new KindredError(
      'ERR_DATA',
      `${nameOf(input)}: expected those of a WAV file. Other sounds are read from files.`,
    )
  const args = ['-v', 'error', '-nostdin', '-protocol_whitelist', 'file', '-i', `file:${input}`, '-map', '0:a:0']
  args.push('-t', String((most + MARGIN) / sampleRate), '-ac', '1', '-ar', String(sampleRate), '-f', 'f32le', '-')
  const raw = await runProgram('ffmpeg', args, { missing: FFMPEG, what: input, signal: undefined })
  if (raw.length < 4) throw new KindredError('ERR_DATA', `${input}: ffmpeg found no sound in it.`)
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  return Float32Array.from({ length: Math.floor(raw.length / 4) }, (_, i) => view.getFloat32(4 * i, true))
}

async function resampleTo({ samples, sampleRate }: Sound, to: number): Promise<Float32Array> {
  if (sampleRate === to) return samples
  const out = new Float32Array(nativeCallSync((native) => native.resampledLength(samples.length, sampleRate, to)))
  await nativeCall(undefined, (native) => native.resampleSound(samples, sampleRate, to, out))
  return out
}
