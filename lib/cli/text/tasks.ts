/** What text models are tuned for. */
export const TASKS = ['classify', 'tag', 'rank', 'encode', 'mlm'] as const

/** One of {@link TASKS}. */
export type Task = (typeof TASKS)[number]

/** What --help says of them. */
export const ABOUT_TASKS = `
Tasks:
  classify  texts and a label of each: one, several (--problem-type multi-label), or a number (regression)
  tag       sentences and a tag of each word (BIO): CoNLL files (one word and its tag a line, a blank line between
            sentences), or tables whose columns --text and --label hold lists, or texts with spaces
  rank      pairs of texts (--text, --second) and a score of each from 0 to 1 (--label)
  encode    sentence vectors: pairs with scores, pairs alone (without --label), or texts alone (without --second)
  mlm       texts alone, whose masked words are guessed: a table, or .txt with one text a line`
