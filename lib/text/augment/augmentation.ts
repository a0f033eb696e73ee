/** Where an {@link Augmentation} draws from. */
export interface AugmentationRandom {
  /** In [0, 1). */
  next(): number
  /** In {0, ..., below - 1}. */
  integer(below: number): number
}

/**
 * A way to change texts a little: a text of each, in their order; as it is where there is nothing to change. All that is
 * drawn comes from `random`, so that the same seed gives the same texts.
 */
export type Augmentation = (
  texts: readonly string[],
  random: AugmentationRandom,
  signal?: AbortSignal,
) => readonly string[] | Promise<readonly string[]>

/** A word between what is no letter or digit: '("dogs,' is '("', 'dogs' and ','. */
export interface WordParts {
  before: string
  core: string
  after: string
}

/** The words of a text between white space. */
export const wordsOf = (text: string): string[] => text.split(/\s+/u).filter((word) => word !== '')

/** The parts of a word; the core is empty where it has no letter or digit. */
export function partsOf(word: string): WordParts {
  const [, before = '', core = '', after = ''] = /^([^\p{L}\p{N}]*)(.*?)([^\p{L}\p{N}]*)$/su.exec(word) ?? []
  return { before, core, after }
}

/** How many of `count` words a share of them is, at least one. */
export const countOf = (share: number, count: number): number => Math.max(1, Math.round(share * count))

/** `count` different ones of `items`, or all of fewer, in the order in which they were drawn. */
export function draw<T>(items: readonly T[], count: number, random: Pick<AugmentationRandom, 'integer'>): T[] {
  const left = [...items]
  const drawn: T[] = []
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(random.integer(left.length), 1))
  return drawn
}
