import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import { KindredError } from '../native/errors.js'

/** Exit codes of the command line. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** Output and interruption of a command. */
export interface Terminal {
  /** One JSON document to standard output, if --json was given; else what `text` prints. */
  print(document: unknown, text: () => void): void
  /** A progress bar on standard error while it is a terminal; `update` takes any progress with done and total. */
  progress(label: string): { update(progress: { done: number; total: number; loss?: number }): void; stop(): void }
  /** A line on standard error. */
  note(line: string): void
  /** Fires on Ctrl-C. */
  signal: AbortSignal
}

export function createTerminal(json: boolean): Terminal {
  const interrupt = new AbortController()
  process.once('SIGINT', () => interrupt.abort(new Error('interrupted')))
  return {
    signal: interrupt.signal,
    note: (line) => process.stderr.write(`${line}\n`),
    print: (document, text) => (json ? process.stdout.write(`${JSON.stringify(document, null, 2)}\n`) : text()),
    progress: (label) => (process.stderr.isTTY && !json ? bar(label) : { update: () => {}, stop: () => {} }),
  }
}

function bar(label: string): ReturnType<Terminal['progress']> {
  const bars = new MultiBar(
    {
      format: `${label.padEnd(24)} {bar} {value}/{total} {eta_formatted} {note}`,
      hideCursor: true,
      clearOnComplete: false,
      stream: process.stderr,
    },
    Presets.shades_classic,
  )
  let single: SingleBar | undefined
  return {
    update({ done, total, loss }) {
      const note = loss === undefined ? '' : `loss ${loss.toPrecision(5)}`
      single ??= bars.create(total, 0, { note })
      single.setTotal(total)
      single.update(done, { note })
    },
    stop: () => bars.stop(),
  }
}

/** Prints the error, as JSON if `json`, and returns the exit code. */
export function reportError(error: unknown, json: boolean): number {
  const known = error instanceof KindredError
  const code = known ? error.code : 'ERR_INTERNAL'
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message: (error as Error).message } })}\n`)
  else if (known) process.stderr.write(`kindred: ${error.message} [${code}]\n`)
  else process.stderr.write(`kindred: unexpected error\n${(error as Error).stack ?? error}\n`)
  return code === 'ERR_ABORTED' ? EXIT.interrupted : EXIT.failed
}
