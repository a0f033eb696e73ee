import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { shortNumber } from '../../data/number-axis.js'
import { writeAtomically, writeFlushed } from '../../data/storage/atomic-write.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { systemError } from '../../native/system-errors.js'
import type { SearchSpace } from './space.js'
import { type Direction, rankTrials, type Trial } from './trial.js'
import { checkPlotPath } from './tune-options.js'
import { plotTrials } from './tune-plot.js'

/** Finds out whether a drawing can be saved as `path`, before the work of many trials depends on it. @throws ERR_IO */
export async function checkPlotPlace(path: string): Promise<void> {
  const failed = (cause: unknown) => systemError(`plot: ${path}: cannot be written`, cause)
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw failed(cause)
  }
  const isFolder = async (place: string) => (await stat(place).catch(() => undefined))?.isDirectory() === true
  if (!(await isFolder(dirname(path)))) throw new KindredError('ERR_IO', `plot: ${dirname(path)} is no folder.`)
  if (await isFolder(path)) throw new KindredError('ERR_IO', `plot: ${path} is a folder. Name a file.`)
}

/** What {@link tune} found. */
export class TuneResult<P> {
  /** What the score is. */
  readonly by: string
  /** Whether it was to be high or low. */
  readonly direction: Direction
  /** The best trial. */
  readonly best: Trial<P>
  /** All trials in the order in which they were made. */
  readonly trials: readonly Trial<P>[]
  readonly #space: SearchSpace

  /** @internal */
  constructor(space: SearchSpace, by: string, direction: Direction, best: Trial<P>, trials: readonly Trial<P>[]) {
    this.#space = space
    this.by = by
    this.direction = direction
    this.best = best
    this.trials = trials
  }

  /** The trials best first as a table of text: number, state, score, seconds, and a column for each parameter. */
  table(): string {
    const names = Object.keys(this.#space)
    const rows = rankTrials(this.trials, this.direction).map(({ trial, state, value, seconds, params, error }) => [
      String(trial),
      error === undefined ? state : `${state}: ${error.code}`,
      value === null ? '' : shortNumber(value),
      seconds.toFixed(1),
      ...names.map((name) => shortNumber((params as Trial['params'])[name])),
    ])
    const all = [['trial', 'state', this.by, 's', ...names], ...rows]
    const widths = all[0]!.map((_, column) => Math.max(...all.map((cells) => cells[column]!.length)))
    return all
      .map((cells) =>
        cells.map((cell, column) => (column === 1 ? cell.padEnd(widths[1]!) : cell.padStart(widths[column]!))),
      )
      .map((cells) => cells.join('  ').trimEnd())
      .join('\n')
  }

  /** The trials as a drawing: the score over the trials, and over each parameter. A whole SVG document. */
  svg(): string {
    return plotTrials(this.#space, this.by, this.direction, this.trials as readonly Trial[])
  }

  /** Writes the drawing, .svg, or with the table in a page of its own, .html. @throws ERR_VALUE, ERR_IO */
  async savePlot(path: string): Promise<void> {
    const svg = this.svg()
    const isPage = checkPlotPath(path).toLowerCase().endsWith('.html')
    const escaped = this.table().replace(/[&<]/g, (character) => (character === '&' ? '&amp;' : '&lt;'))
    const page = `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>tune</title>\n</head>\n<body>\n${svg}\n<pre>${escaped}</pre>\n</body>\n</html>\n`
    await writeAtomically(path, (temporary) => writeFlushed(temporary, isPage ? page : `${svg}\n`))
  }
}

guardReceivers(TuneResult)
