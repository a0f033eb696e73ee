import { KindredError, show } from '../../native/errors.js'
import { listFiles, type TablePath } from './files/list-files.js'
import { textLines } from './files/text-lines.js'

/** Sentences as words, and the tag of each word, where the file has tags. */
export interface ConllSentences {
  sentences: string[][]
  /** undefined for a file of words alone. */
  tags: string[][] | undefined
}

/** Files that are read as this without being told so. */
export const CONLL_FILE = /\.(?:conll|conll2003|bio|iob2?|txt)(?:\.(?:gz|zst))?$/i

/**
 * Reads one word a line: the word first, its tag last, between spaces or tabs, further fields in between; a blank line ends a
 * sentence (the shared tasks of CoNLL; Tjong Kim Sang and De Meulder 2003, section 2.2). Lines of -DOCSTART- are passed over.
 * A line of one field is a word without a tag: all of a file's lines have tags, or none has.
 * @throws ERR_DATA naming a line with a tag among lines without or the other way round, or if there are no words, ERR_IO,
 * ERR_ABORTED
 */
export async function readConll(
  path: TablePath,
  { encoding, signal }: { encoding?: string; signal?: AbortSignal } = {},
): Promise<ConllSentences> {
  const files = await listFiles(path)
  const sentences: string[][] = []
  const tags: string[][] = []
  let hasTags: boolean | undefined
  for (const file of files) {
    let words: string[] = []
    let own: string[] = []
    let line = 0
    const end = () => {
      if (words.length > 0) {
        sentences.push(words)
        tags.push(own)
      }
      words = []
      own = []
    }
    const take = (text: string) => {
      line++
      const fields = text.trim().split(/[ \t]+/)
      if (fields[0] === '') return end()
      if (fields[0] === '-DOCSTART-') return
      hasTags ??= fields.length > 1
      if (hasTags !== fields.length > 1)
        throw new KindredError(
          'ERR_DATA',
          `${file}: line ${line}: expected a word ${hasTags ? 'and its tag' : 'without a tag'}, as on the lines before, but found ${show(text)}.`,
        )
      words.push(fields[0]!)
      own.push(fields.at(-1)!)
    }
    for await (const lines of textLines(file, encoding, signal)) for (const text of lines) take(text)
    end()
  }
  if (sentences.length === 0) throw new KindredError('ERR_DATA', `${files[0]}: there are no words.`)
  return { sentences, tags: hasTags ? tags : undefined }
}
