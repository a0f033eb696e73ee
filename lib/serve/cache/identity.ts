import { createHash } from 'node:crypto'
import type { Embedder, EmbedOptions } from '../../encode/embedder.js'

/** Texts whose vectors tell encoders apart: short and long, several scripts, numbers, signs. */
const PROBES = [
  '',
  'kindred',
  'The quick brown fox jumps over the lazy dog.',
  'Große Katzen, 12 Hunde & 3.5 kg Äpfel (neu) — «bon marché»!',
  'Быстрая лиса 狐狸 ウサギ 여우 ثعلب',
  'a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3 4 5 6 7 8 9 '.repeat(12),
]

/** An encoder that tells what it holds. */
interface Fingerprinted {
  /** SHA-256 (hex) of all that its vectors depend on. */
  fingerprint(): string
}

/**
 * SHA-256 of what an encoder makes of texts: what it says that it holds, or else the very bits of the vectors that it makes of a few
 * texts, each by itself; with its settings and the caller's own name for it.
 * @throws as `Embedder.embed`
 */
export async function identityOf(embedder: Embedder, name: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const { dims, maxTokens, normalize } = embedder
  const { prompts, defaultPromptName } = embedder as Embedder & { prompts?: unknown; defaultPromptName?: unknown }
  const hash = createHash('sha256')
  const limit = Number.isFinite(maxTokens) ? maxTokens : null
  hash.update(JSON.stringify([name, dims, limit, normalize, prompts ?? null, defaultPromptName ?? null]))
  const { fingerprint } = embedder as Partial<Fingerprinted>
  if (typeof fingerprint === 'function') return hash.update(fingerprint.call(embedder)).digest()
  for (const text of PROBES) {
    const { vectors, tokens } = await embedder.embed([text], signal === undefined ? {} : { signal })
    const { data } = vectors
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).update(String(tokens[0]))
  }
  return hash.digest()
}

/** What the vectors of one set of options have in common; undefined where options hold what cannot be named. */
export function keyOfOptions(identity: Uint8Array, options: EmbedOptions): Buffer | undefined {
  const { pooling, dims, normalize, truncation, promptName, prompt } = options
  const isNamed = pooling === undefined || typeof pooling === 'string' || Array.isArray(pooling)
  if (!isNamed) return undefined
  const key = JSON.stringify([pooling, dims, normalize, truncation, promptName, prompt].map((value) => value ?? null))
  return createHash('sha256').update(identity).update(key).digest()
}

/** SHA-256 (base64url) of a text under these options. */
export function keyOfText(options: Uint8Array, text: string): string {
  return createHash('sha256').update(options).update(text).digest('base64url')
}
