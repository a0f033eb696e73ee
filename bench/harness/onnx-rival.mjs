import ort from 'onnxruntime-node'
import { inProcess } from './contestant.mjs'

/** Batches of like length, longest first, of at most `budget` padded tokens, as the tensors that the model takes. */
function batchesOf(texts, budget) {
  const order = texts.map((_, row) => row).sort((a, b) => texts[b].length - texts[a].length)
  const batches = []
  for (let begin = 0; begin < order.length; ) {
    const width = texts[order[begin]].length
    const rows = order.slice(begin, begin + Math.max(1, Math.floor(budget / width)))
    begin += rows.length
    const [ids, mask] = [new BigInt64Array(rows.length * width), new BigInt64Array(rows.length * width)]
    for (const [n, row] of rows.entries())
      for (const [t, id] of texts[row].entries()) {
        ids[n * width + t] = BigInt(id)
        mask[n * width + t] = 1n
      }
    const tensor = (data) => new ort.Tensor('int64', data, [rows.length, width])
    const feeds = {
      input_ids: tensor(ids),
      attention_mask: tensor(mask),
      token_type_ids: tensor(new BigInt64Array(ids.length)),
    }
    batches.push({ rows, width, feeds })
  }
  return batches
}

/**
 * onnxruntime in this process, which it blocks: batches are sorted and made into tensors before anything is timed, and pooling is
 * not timed either.
 * @param texts token ids of each text
 * @param budgets padded tokens of a batch, each of which is tried
 */
export async function onnxRival({ name, model, texts, threadCounts, budgets }) {
  const sessions = new Map()
  for (const threads of threadCounts)
    sessions.set(
      threads,
      await ort.InferenceSession.create(model, { intraOpNumThreads: threads, interOpNumThreads: 1 }),
    )
  const batches = new Map(budgets.map((budget) => [budget, batchesOf(texts, budget)]))
  const meansOf = async (session, { rows, width, feeds }, out) => {
    const { last_hidden_state: states } = await session.run(feeds, ['last_hidden_state'])
    const dims = states.dims[2]
    for (const [n, row] of rows.entries()) {
      const mean = new Float32Array(dims)
      for (let t = 0; t < texts[row].length; t++)
        for (let d = 0; d < dims; d++) mean[d] += states.data[(n * width + t) * dims + d] / texts[row].length
      out[row] = mean
    }
  }
  return {
    ...inProcess({
      name,
      version: ort.env.versions.node ?? '',
      configurations: threadCounts.flatMap((threads) => budgets.map((budget) => ({ threads, budget }))),
      run: async ({ threads, budget }) => {
        for (const { feeds } of batches.get(budget)) await sessions.get(threads).run(feeds, ['last_hidden_state'])
      },
    }),
    answer: async ({ threads, budget }) => {
      const out = []
      for (const batch of batches.get(budget)) await meansOf(sessions.get(threads), batch, out)
      return out
    },
  }
}
