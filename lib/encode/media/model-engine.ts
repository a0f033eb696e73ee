import type { EncoderHost } from '../onnx/encoder-host.js'
import type { MediaEngine, MediaJob } from './media-engine.js'

/** A model in a process of its own. */
export class ModelEngine implements MediaEngine {
  readonly dims: number
  readonly #host: EncoderHost

  constructor(host: EncoderHost, dims: number) {
    this.#host = host
    this.dims = dims
  }

  async run({ inputs, normalize, receiver, signal }: MediaJob): Promise<void> {
    const work = { kind: 'media', normalize } as const
    await this.#host.process().run(
      inputs,
      work,
      (result, first) => {
        if (result.type === 'refused') receiver.failure(first + result.row, result.code, result.message)
        else if (result.type === 'medium') receiver.vector(first + result.row, result.vector, result.truncated)
      },
      signal,
    )
  }

  dispose(): void {
    this.#host.dispose()
  }

  async gone(): Promise<void> {
    await this.#host.gone()
  }
}
