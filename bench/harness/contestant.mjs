import { setThreads } from '../../dist/index.mjs'

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {string} version
 * @property {boolean} [exact] false: what it finds is held to its recall, which is told, and not to be the best
 * @property {{ threads: number }[]} configurations every one is tried, and the fastest competes
 * @property {(configuration: object) => Promise<unknown>} answer what it finds, for the validation
 * @property {(configuration: object, repeats: number) => Promise<number>} time milliseconds of one call, the mean of
 *   `repeats` in a row
 */

/**
 * A contestant in this process.
 * @param {(configuration: object) => unknown} run one call
 * @param {(found: unknown) => unknown} [read] what it found, as the validation wants it; outside the timing
 * @returns {Contestant}
 */
export function inProcess({ run, read = (found) => found, ...rest }) {
  return {
    ...rest,
    answer: async (configuration) => read(await run(configuration)),
    async time(configuration, repeats) {
      const start = performance.now()
      for (let i = 0; i < repeats; i++) await run(configuration)
      return (performance.now() - start) / repeats
    },
  }
}

/** kindred itself, with its threads set before each call; as inProcess otherwise. */
export function kindred(own) {
  const contestant = inProcess({ name: 'kindred', ...own })
  const onThreads = (call) => (configuration, repeats) => {
    setThreads(configuration.threads)
    return call(configuration, repeats)
  }
  return { ...contestant, answer: onThreads(contestant.answer), time: onThreads(contestant.time) }
}

/**
 * A contestant in another process (see python.mjs), which keeps its own time.
 * @param ask (command, arguments) => answer; knows 'answer' and 'time'
 * @param read (answer) => what it found
 * @param request what each call is about
 */
export function remote({ ask, read, request, ...rest }) {
  return {
    ...rest,
    answer: async (configuration) => read(await ask('answer', { ...request, ...configuration })),
    time: async (configuration, repeats) => (await ask('time', { ...request, ...configuration, repeats })).ms,
  }
}
