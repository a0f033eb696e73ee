import { checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError, show, throwIfAborted } from '../native/errors.js'
import type { Id } from './id-map.js'
import { Interactions } from './log/interactions.js'
import { listFiles, type TablePath } from './tables/files/list-files.js'
import { checkEncoding } from './tables/files/text-encoding.js'
import { textLines } from './tables/files/text-lines.js'
import { IdColumnReader } from './tables/id-column-reader.js'
import { fieldsOf } from './tables/read-user-items.js'
import { LoopYielder } from './yield-to-event-loop.js'

/** Held-out pairs and the negatives given for them, as `evaluateSampled` takes them. */
export interface GivenNegatives {
  /** The held-out pairs, in the order of the file. */
  test: Interactions
  /** User -> the items given as negatives, each once; of several lines of a user those of all. */
  negatives: Map<Id, Id[]>
}

/** How {@link readNegatives} takes its file. */
export interface ReadNegativesOptions extends AbortOptions {
  /** The name of the file's encoding, as in {@link TableFileOptions}; UTF-8 if absent. */
  encoding?: string
}

const PAIR = /^[ \t]*\(([^(),]*),([^(),]*)\)(.*)$/

/**
 * Reads held-out pairs and their negatives from lines `(user,item) negative negative ...`, fields between spaces or tabs,
 * as in the files `*.test.negative` of He et al. 2017 ("Neural collaborative filtering"). Also compressed (.gz,
 * .zst), and several files as for Interactions.read.
 *
 * Users are integers if all are written as integers are (no leading zero), else strings; items alike, held-out and
 * negative ones together. Blank lines are skipped.
 * @throws ERR_DATA naming the line that is no pair with negatives, ERR_DUPLICATE naming the line whose pair has come
 * before, ERR_VALUE for illegal options, ERR_IO, ERR_ABORTED
 */
export async function readNegatives(path: TablePath, options: ReadNegativesOptions = {}): Promise<GivenNegatives> {
  options = checkOptions('readNegatives', options, ['encoding', 'signal'])
  const { encoding, signal } = options
  checkEncoding(encoding)
  throwIfAborted(signal)
  const files = await listFiles(path)
  const userIds = IdColumnReader.ofText(files[0]!, 'user')
  const itemIds = IdColumnReader.ofText(files[0]!, 'item')
  const held: [user: number, item: number][] = []
  const pairs = new Set<string>()
  const given: Set<number>[] = []
  const yielder = new LoopYielder(signal)
  let lineNumber = 0

  const takeLine = (file: string, line: string) => {
    lineNumber++
    if (line.trim() === '') return
    const [, user = '', item = '', negatives = ''] = PAIR.exec(line)?.map((field) => field.trim()) ?? []
    if (user === '' || item === '' || negatives === '')
      throw new KindredError(
        'ERR_DATA',
        `${file}: line ${lineNumber}: expected "(user,item)" and negatives, as (0,25) 1064 174, but found ${show(line)}.`,
      )
    const pair: [number, number] = [
      userIds.indexOf(Number.NaN, user, lineNumber - 1),
      itemIds.indexOf(Number.NaN, item, lineNumber - 1),
    ]
    if (pairs.size === pairs.add(pair.join()).size)
      throw new KindredError('ERR_DUPLICATE', `${file}: line ${lineNumber}: ${show(`(${user},${item})`)} comes twice.`)
    held.push(pair)
    given[pair[0]] ??= new Set()
    for (const negative of fieldsOf(negatives, undefined))
      given[pair[0]]!.add(itemIds.indexOf(Number.NaN, negative, lineNumber - 1))
  }

  for (const file of files) {
    lineNumber = 0
    for await (const lines of textLines(file, encoding, signal))
      for (const line of lines) {
        takeLine(file, line)
        if (yielder.due) await yielder.yieldToLoop()
      }
  }
  if (held.length === 0) throw new KindredError('ERR_DATA', `${files[0]}: holds blank lines only.`)
  const users = userIds.finish()
  const items = itemIds.finish()
  const negatives = new Map<Id, Id[]>()
  for (const [user, own] of given.entries()) {
    negatives.set(
      users.idAt(user),
      Array.from(own, (item) => items.idAt(item)),
    )
    if (yielder.due) await yielder.yieldToLoop()
  }
  async function* rows() {
    for (const [user, item] of held) yield { user: users.idAt(user), item: items.idAt(item) }
  }
  return { test: await Interactions.from(rows(), { signal }), negatives }
}
