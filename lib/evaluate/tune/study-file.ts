import { open, readFile, stat } from 'node:fs/promises'
import { writeAtomically, writeFlushed } from '../../data/storage/atomic-write.js'
import { KindredError, show } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import { isValueOf, type SearchSpace } from './space.js'
import type { Trial } from './trial.js'

/** What makes the trials of a study what they are: a study goes on only under the same. */
export interface StudySettings {
  space: SearchSpace
  by: string
  direction: string
  search: string
  seed: number
  startup: number
  pruning: unknown
  /** How models are scored; `candidates` as a fingerprint. */
  exclude: string
  candidates: string | undefined
  unknown: string
  unrankable: string
  gain: string
  /** Fingerprints of the logs. */
  train: string | undefined
  validation: string | undefined
}

const VERSION = 1

const headerOf = (settings: StudySettings) => ({ kindred: 'study', version: VERSION, settings })

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** @throws ERR_DATA unless it is the header of a study, ERR_VALUE if that was made under other settings */
function checkHeader(path: string, line: string, settings: StudySettings): void {
  const header = parse(line) as Partial<ReturnType<typeof headerOf>> | undefined
  if (header?.kindred !== 'study')
    throw new KindredError('ERR_DATA', `${path}: expected a study that tune has written, but the first line is none.`)
  if (header.version !== VERSION)
    throw new KindredError('ERR_DATA', `${path}: is a study of version ${show(header.version)}; this kindred reads 1.`)
  const shown = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value).slice(0, 300) : show(value))
  for (const [name, here] of Object.entries(settings)) {
    const there = header.settings?.[name as keyof StudySettings]
    if (JSON.stringify(there) !== JSON.stringify(here))
      throw new KindredError(
        'ERR_VALUE',
        `${path}: this study was made with another ${name}: ${shown(there)}, not ${shown(here)}. Give the same to go on, or another file.`,
      )
  }
}

/** Whether `value` is what {@link StudyFile.append} writes for trial `number`. */
function isTrial(value: unknown, number: number, space: SearchSpace): value is Trial {
  const trial = (value ?? {}) as Partial<Trial>
  return (
    trial.trial === number &&
    ['complete', 'pruned', 'failed'].includes(trial.state!) &&
    (trial.state === 'complete' ? Number.isFinite(trial.value) : trial.value === null) &&
    Object.entries(space).every(([name, parameter]) => isValueOf(parameter, trial.params?.[name])) &&
    Array.isArray(trial.steps) &&
    trial.steps.every((step) => Array.isArray(step) && step.length === 2 && step.every(Number.isFinite)) &&
    Number.isFinite(trial.seconds)
  )
}

/** The trials of a study on disk: a line of JSON for its settings, then one for each trial, flushed as it ends. */
export class StudyFile {
  /** The trials that were in the file. */
  readonly trials: readonly Trial[]
  readonly #path: string
  #bytes: number

  private constructor(path: string, trials: readonly Trial[], bytes: number) {
    this.#path = path
    this.trials = trials
    this.#bytes = bytes
  }

  /**
   * Opens a study, or begins one where there is no file. A last line that is cut short, as a crash leaves it, is removed
   * with a warning (KINDRED_STUDY): its trial runs again.
   * @throws ERR_DATA for a file that is no study, naming the line, ERR_VALUE for one made under other settings, ERR_IO
   */
  static async open(path: string, settings: StudySettings): Promise<StudyFile> {
    const header = `${JSON.stringify(headerOf(settings))}\n`
    const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined
      throw systemError(`${path}: cannot be read`, cause)
    })
    if (text === undefined) {
      await writeAtomically(path, (temporary) => writeFlushed(temporary, header))
      return new StudyFile(path, [], Buffer.byteLength(header))
    }
    const lines = text.split('\n')
    const cut = lines.pop()!
    checkHeader(path, lines[0] ?? '', settings)
    const trials: Trial[] = []
    let isCut = cut !== ''
    for (const [n, line] of lines.slice(1).entries()) {
      const value = parse(line)
      if (isTrial(value, n, settings.space)) trials.push(value)
      else if (value === undefined && n === lines.length - 2 && !isCut) isCut = true
      else
        throw new KindredError(
          'ERR_DATA',
          `${path}: line ${n + 2} is not trial ${n} of this study, with a value of the space for each parameter. Remove it and what follows.`,
        )
    }
    const kept = `${lines.slice(0, trials.length + 1).join('\n')}\n`
    if (isCut) {
      process.emitWarning(`${path}: the last line was cut short and is removed; trial ${trials.length} runs again.`, {
        type: 'KindredWarning',
        code: 'KINDRED_STUDY',
      })
      await writeAtomically(path, (temporary) => writeFlushed(temporary, kept))
    }
    return new StudyFile(path, trials, Buffer.byteLength(kept))
  }

  /** Appends a trial and flushes it. @throws ERR_IO, also if another has written to the file since */
  async append(trial: Trial): Promise<void> {
    const line = `${JSON.stringify(trial)}\n`
    try {
      const { size } = await stat(this.#path)
      if (size !== this.#bytes)
        throw new KindredError(
          'ERR_IO',
          `${this.#path}: another run has changed this study. Give each run a file of its own.`,
        )
      const file = await open(this.#path, 'a')
      try {
        await file.writeFile(line)
        await file.sync()
      } finally {
        await file.close()
      }
      this.#bytes += Buffer.byteLength(line)
    } catch (cause) {
      throw systemError(`${this.#path}: cannot be written`, cause)
    }
  }
}
