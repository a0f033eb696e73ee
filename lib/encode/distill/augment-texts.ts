import { gatherRowsYielding } from '../../data/gather-rows.js'
import type { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'

/** Words near a word that may take its place. */
const NEIGHBOURS = 32
/** Share of the replacements drawn from a word's neighbours; the others are any word, common ones more often. */
const NEAR = 0.5
/** Share of the texts of which a run of words is kept alone. */
const FRAGMENTS = 0.25
/** At most one word in this many is replaced, and no more than MOST. */
const SPARING = 3
const MOST = 4

const plainWord = /^\p{L}{2,}$/u

/**
 * Texts made from texts: words replaced by others, half of them by near ones as the teacher sees it, and some texts cut to
 * a fragment. A teacher's vectors for them show a static encoder words that its corpus lacks, in surroundings that it has.
 * @param texts token ids
 * @param vocabulary [vocab] tokens by id, common words first, as BERT's are
 * @param vectors [vocab, dims], the teacher's vector of each token
 * @param options copies of each text, and a seed: the same seed gives the same texts
 * @returns `copies` texts for each text, in its order
 * @throws ERR_ENCODER if the vocabulary has no words of letters alone, ERR_ABORTED
 */
export async function augmentTexts(
  texts: readonly Int32Array[],
  vocabulary: readonly string[],
  vectors: Matrix,
  options: { copies: number; continuingPrefix: string; seed: number; signal?: AbortSignal },
): Promise<Int32Array[]> {
  if (options.copies === 0) return []
  const words = [...vocabulary.keys()].filter((id) => plainWord.test(vocabulary[id]!))
  if (words.length === 0) throw new KindredError('ERR_ENCODER', 'The vocabulary has no words to replace words by.')
  const near = await neighbours(texts, words, vectors, options.signal)
  const continues = vocabulary.map((token) => token.startsWith(options.continuingPrefix))
  const random = createRandom(options.seed)
  const out: Int32Array[] = []
  const yielder = new LoopYielder(options.signal)
  for (const text of texts) {
    if (yielder.due) await yielder.yieldToLoop()
    const places = [...text.keys()].filter((i) => near.has(text[i]!) && !continues[text[i + 1] ?? -1])
    for (let copy = 0; copy < options.copies; copy++) {
      const made = text.slice()
      const count = 1 + random.integer(Math.max(1, Math.min(MOST, Math.floor(places.length / SPARING))))
      for (let n = 0; n < count && places.length > 0; n++) {
        const place = places[random.integer(places.length)]!
        const around = near.get(text[place]!)!
        made[place] =
          random.next() < NEAR
            ? around[random.integer(around.length)]!
            : words[Math.floor(words.length * random.next() ** 1.5)]!
      }
      out.push(random.next() < FRAGMENTS ? fragment(made, random) : made)
    }
  }
  return out
}

/** A run of at least four tokens. */
function fragment(text: Int32Array, random: ReturnType<typeof createRandom>): Int32Array {
  if (text.length <= 8) return text
  const length = 4 + random.integer(text.length - 6)
  const begin = random.integer(text.length - length + 1)
  return text.subarray(begin, begin + length)
}

/** For each word of the texts, the words nearest to it by cosine. */
async function neighbours(
  texts: readonly Int32Array[],
  words: readonly number[],
  vectors: Matrix,
  signal: AbortSignal | undefined,
): Promise<Map<number, number[]>> {
  const isWord = new Set(words)
  const used = new Set<number>()
  for (const text of texts) for (const id of text) if (isWord.has(id)) used.add(id)
  const seen = [...used].sort((a, b) => a - b)
  const k = Math.min(NEIGHBOURS + 1, words.length)
  const [queries, items] = [
    await gatherRowsYielding(vectors, seen, signal),
    await gatherRowsYielding(vectors, words, signal),
  ]
  const { indices } = await nativeCall(signal, (native, abort) =>
    native.topK(queries, items, 'cosine', k, null, null, abort),
  )
  return new Map(
    seen.map((id, q) => {
      const list = Array.from(indices.subarray(q * k, (q + 1) * k), (i) => words[i]!)
      const others = list.filter((other) => other !== id)
      return [id, others.length > 0 ? others : [id]]
    }),
  )
}
