import type { Catalogue } from '../../data/catalogue.js'
import { Features } from '../../data/features.js'
import { Matrix } from '../../data/matrix.js'
import { checkBoolean } from '../../native/argument-checks.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import type { MediaInput } from '../onnx/ipc-protocol.js'
import type {
  EmbeddedMediaItems,
  FailedInput,
  MediaEmbeddings,
  MediaEmbedOptions,
  MediaReport,
} from './media-embeddings.js'
import type { MediaEngine } from './media-engine.js'

/** Vectors of checked inputs; options checked by the caller. */
export async function embedMedia(
  engine: MediaEngine,
  inputs: readonly MediaInput[],
  { normalize = true, signal, onProgress }: MediaEmbedOptions,
): Promise<MediaEmbeddings> {
  checkBoolean('normalize', normalize)
  throwIfAborted(signal)
  const total = inputs.length
  const vectors = new Matrix(total, engine.dims)
  vectors.data.fill(Number.NaN)
  const truncated = new Array<boolean>(total).fill(false)
  const failed: FailedInput[] = []
  await withCallback(onProgress, async (report) => {
    let done = 0
    const receiver = {
      vector: (index: number, vector: Float32Array, cut: boolean) => {
        vectors.row(index).set(vector)
        truncated[index] = cut
        report?.({ done: ++done, total })
      },
      failure: (index: number, code: KindredError['code'], message: string) => {
        failed.push({ index, error: new KindredError(code, message) })
        report?.({ done: ++done, total })
      },
    }
    if (total > 0) await engine.run({ inputs, normalize, receiver, signal })
  })
  return { vectors, truncated, failed: failed.sort((a, b) => a.index - b.index) }
}

/** The same for a catalogue whose texts are paths; items that have no vector are left out, and told. */
export async function embedMediaItems(
  engine: MediaEngine,
  catalogue: Catalogue,
  options: MediaEmbedOptions,
): Promise<EmbeddedMediaItems> {
  const { ids, texts } = (catalogue ?? {}) as Partial<Catalogue>
  if (ids === undefined || !Array.isArray(texts))
    throw new KindredError('ERR_VALUE', `embedItems: expected a Catalogue but received ${show(catalogue)}.`)
  const named = Int32Array.from(texts.keys()).filter((i) => texts[i].trim() !== '')
  const { vectors, truncated, failed } = await embedMedia(
    engine,
    Array.from(named, (i) => texts[i]),
    options,
  )
  const without = new Set(failed.map(({ index }) => index))
  const kept = named.map((_, n) => n).filter((n) => !without.has(n))
  const matrix = new Matrix(kept.length, engine.dims)
  for (const [row, n] of kept.entries()) matrix.row(row).set(vectors.row(n))
  const report: MediaReport = {
    items: texts.length,
    embedded: kept.length,
    missing: texts.length - named.length,
    truncated: truncated.filter(Boolean).length,
    failed: failed.map(({ index, error }) => ({ id: ids.idAt(named[index]!), error })),
  }
  const keptIds = Array.from(kept, (n) => ids.idAt(named[n]!))
  return Object.assign(await Features.fromAsync(keptIds, matrix, { signal: options.signal }), { report })
}
