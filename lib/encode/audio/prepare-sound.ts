import { KindredError } from '../../native/errors.js'
import { nativeCall, nativeCallSync } from '../../native/native-call.js'
import type { Prepared } from '../media/media-session.js'
import type { SoundPlan } from './sound-plan.js'

/** Numbers of `plan.shape`. @throws ERR_DATA for a sound shorter than a frame */
export async function prepareSound(sound: Float32Array, plan: SoundPlan): Promise<Prepared> {
  const { spectrogram, frames, melsFirst } = plan
  const { mels } = spectrogram
  const samples = plan.samples === undefined ? sound : fill(sound, plan.samples, plan.padding)
  const found = nativeCallSync((native) => native.logMelFrames(spectrogram, samples.length))
  if (found === 0)
    throw new KindredError(
      'ERR_DATA',
      `expected a sound of at least ${spectrogram.frame} samples but found ${sound.length}.`,
    )
  const energies = new Float32Array(found * mels)
  await nativeCall(undefined, (native) => native.logMel(samples, spectrogram, energies))
  const used = energies.subarray(0, Math.min(found, frames) * mels)
  if (plan.whisper) toWhisper(used)
  const out = new Float32Array(frames * mels).fill(-plan.mean / plan.deviation)
  for (let i = 0; i < used.length; i++) {
    const at = melsFirst ? (i % mels) * frames + Math.floor(i / mels) : i
    out[at] = (used[i]! - plan.mean) / plan.deviation
  }
  const truncated = plan.samples === undefined ? found > frames : sound.length > plan.samples
  return { data: out, truncated }
}

function toWhisper(energies: Float32Array): void {
  const least = energies.reduce((most, x) => Math.max(most, x), -Infinity) - 8
  for (let i = 0; i < energies.length; i++) energies[i] = (Math.max(energies[i]!, least) + 4) / 4
}

function fill(sound: Float32Array, samples: number, padding: SoundPlan['padding']): Float32Array {
  const out = new Float32Array(samples)
  const times = padding === 'repeat' ? Math.max(1, Math.floor(samples / sound.length)) : 1
  for (let i = 0; i < times; i++) out.set(sound.subarray(0, samples), i * sound.length)
  return out
}
