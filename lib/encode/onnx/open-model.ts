import type { InferenceSession } from 'onnxruntime-node'
import { backendInfo } from '../../native/backend.js'
import { systemError } from '../../native/system-errors.js'

/** onnxruntime, loaded. */
export type Runtime = typeof import('onnxruntime-node')

/** Loads onnxruntime and a model on it; in an encoder's own process. @throws ERR_ENCODER */
export async function openModel(model: string): Promise<{ runtime: Runtime; session: InferenceSession }> {
  const runtime = await import('onnxruntime-node').catch((cause: Error) => {
    throw systemError('onnxruntime-node does not load', cause, 'ERR_ENCODER')
  })
  const session = await runtime.InferenceSession.create(model, {
    intraOpNumThreads: backendInfo().threads.count,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
    // A spinning thread takes the core that tokenisation, pooling and the parent need.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  }).catch((cause: Error) => {
    throw systemError(`${model} does not load`, cause, 'ERR_ENCODER')
  })
  return { runtime, session }
}
