// The process of an audio model: sounds are decoded, become spectrograms and go through onnxruntime here.
import { createMediaSession } from '../media/media-session.js'
import { serveEncoder } from '../onnx/serve-encoder.js'
import type { AudioModelConfig } from './audio-config.js'
import { decodeSound } from './decode-sound.js'
import { prepareSound } from './prepare-sound.js'

serveEncoder((config: AudioModelConfig) => {
  const { plan } = config
  const { sampleRate, hop, frame } = plan.spectrogram
  const most = plan.samples ?? plan.frames * hop + frame
  return createMediaSession(config, {
    shape: plan.shape,
    prepare: async (input) => prepareSound(await decodeSound(input, sampleRate, most), plan),
  })
})
