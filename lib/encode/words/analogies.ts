import type { IdMap } from '../../data/id-map.js'
import type { Matrix } from '../../data/matrix.js'
import { checkIterable } from '../../native/argument-checks.js'
import type { Progress } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import type { SimilarityIndex } from '../../search/similarity-index.js'
import { analogyQuery, nearestWords } from './word-search.js'

/** A question: a is to b as c is to d. */
export type Analogy = readonly [a: string, b: string, c: string, d: string]

/** Analogies, or several sets of them by name. */
export type Analogies = Iterable<Analogy> | Readonly<Record<string, Iterable<Analogy>>>

/** How many analogies came out. */
export interface AnalogyScore {
  /** The share of `answered` that was right; NaN without any. */
  accuracy: number
  /** Questions whose d came out among the first k. */
  correct: number
  /** Questions of which all four words are known. */
  answered: number
  /** Questions with a word that is not. */
  skipped: number
}

/** Of all questions together, and of each set. */
export interface AnalogyEvaluation extends AnalogyScore {
  /** By name, where sets had names. */
  sections: Record<string, AnalogyScore>
}

/** How analogies are judged. */
export interface AnalogySearch {
  index: SimilarityIndex
  words: IdMap
  vectors: Matrix
  k: number
  signal: AbortSignal | undefined
  onProgress: ((progress: Progress) => void) | undefined
}

const QUESTIONS_AT_ONCE = 256

function checkQuestion(question: unknown, where: string): Analogy {
  if (Array.isArray(question) && question.length === 4 && question.every((word) => typeof word === 'string'))
    return question as unknown as Analogy
  throw new KindredError('ERR_VALUE', `${where}: expected four words [a, b, c, d] but received ${show(question)}.`)
}

/** Named sets of questions, each checked. @throws ERR_VALUE */
export function checkAnalogies(analogies: Analogies): [name: string | undefined, questions: Analogy[]][] {
  const listOf = (questions: Iterable<Analogy>, name: string) =>
    [...checkIterable(name, questions, 'a list of analogies [a, b, c, d]')].map((question, i) =>
      checkQuestion(question, `${name}[${i}]`),
    )
  if (typeof analogies !== 'object' || analogies === null || Symbol.iterator in analogies)
    return [[undefined, listOf(analogies as Iterable<Analogy>, 'analogies')]]
  return Object.entries(analogies).map(([name, questions]) => [name, listOf(questions, `analogies.${name}`)])
}

const scoreOf = (correct: number, answered: number, skipped: number): AnalogyScore => ({
  accuracy: correct / answered,
  correct,
  answered,
  skipped,
})

/** How many of the questions come out, a, b and c themselves aside. @throws ERR_ABORTED */
export async function evaluateAnalogies(
  sets: readonly [name: string | undefined, questions: readonly Analogy[]][],
  { index, words, vectors, k, signal, onProgress }: AnalogySearch,
): Promise<AnalogyEvaluation> {
  const total = sets.reduce((sum, [, questions]) => sum + questions.length, 0)
  const sections: Record<string, AnalogyScore> = {}
  const all = { correct: 0, answered: 0, skipped: 0 }
  let done = 0
  for (const [name, questions] of sets) {
    const own = { correct: 0, answered: 0, skipped: 0 }
    for (let begin = 0; begin < questions.length; begin += QUESTIONS_AT_ONCE) {
      const some = questions.slice(begin, begin + QUESTIONS_AT_ONCE)
      const known = some
        .map((question) => question.map((word) => words.indexOf(word)))
        .filter((rows) => !rows.includes(-1))
      const queries = known.map(([a, b, c]) => analogyQuery(vectors.row(a!), vectors.row(b!), vectors.row(c!)))
      const exclude = known.map((rows) => rows.slice(0, 3))
      const lists = known.length > 0 ? await nearestWords(index, words, queries, exclude, k, signal) : []
      lists.forEach((list, q) => {
        if (list.some(({ word }) => words.indexOf(word) === known[q]![3])) own.correct++
      })
      own.answered += known.length
      own.skipped += some.length - known.length
      done += some.length
      onProgress?.({ done, total })
    }
    if (name !== undefined) sections[name] = scoreOf(own.correct, own.answered, own.skipped)
    all.correct += own.correct
    all.answered += own.answered
    all.skipped += own.skipped
  }
  return { ...scoreOf(all.correct, all.answered, all.skipped), sections }
}
