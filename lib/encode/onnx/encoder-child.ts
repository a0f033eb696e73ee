// The process of a text encoder: onnxruntime and tokenisation live here, so that neither a run of the model nor its end can
// hold up or take down the process that asked.
import type { EncoderInput } from '../embedder.js'
import { runJob } from '../transformer/encode-job.js'
import type { EncoderConfig } from '../transformer/encoder-config.js'
import type { TextWork } from './ipc-protocol.js'
import { OnnxSession } from './onnx-session.js'
import { serveEncoder } from './serve-encoder.js'

serveEncoder(async (config: EncoderConfig) => {
  const session = await OnnxSession.create(config)
  const { stateDims, dims, tokenizer } = session
  return {
    ready: { stateDims, dims, differences: tokenizer.differences },
    run: (inputs, work) => runJob(session, inputs as EncoderInput[], work as TextWork),
  }
})
