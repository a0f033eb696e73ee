import { setTimeout as sleep } from 'node:timers/promises'
import { isWhole, median, ratios, spread, wholeRounds } from './statistics.mjs'

/** For the threads of the one that ran last to stop spinning: OpenMP's do so for a while. */
const PAUSE_MS = 50
/** What one timing lasts at least: short calls are repeated. */
const TIMING_MS = 20
const TUNING_RUNS = 3
/** Good rounds wanted for each pair, unless the command or the contest says otherwise. */
export const USUAL_ROUNDS = 7
/** Rounds tried for each one wanted, before a busy machine is given up on. */
const ATTEMPTS = 4
/** How often a round's start is put off while the machine is halved, and for how long each time. */
const WAITS = 10
const WAIT_MS = 100

/** The fastest of a contestant's configurations in each mode, each validated before it is timed. */
async function tune(contestant, modes, validate) {
  const tried = []
  for (const configuration of contestant.configurations) {
    const note = (await validate(contestant, await contestant.answer(configuration), configuration)) ?? {}
    let ms = await contestant.time(configuration, 1)
    for (let run = 1; run < TUNING_RUNS && ms < 1000; run++)
      ms = Math.min(ms, await contestant.time(configuration, Math.ceil(TIMING_MS / ms)))
    tried.push({ configuration, note, ms })
    await sleep(PAUSE_MS)
  }
  return modes.map(({ accepts }) => {
    const able = tried.filter(({ configuration }) => accepts(configuration))
    return able.length === 0 ? undefined : able.reduce((best, other) => (other.ms < best.ms ? other : best))
  })
}

/** The rate of a whole machine, or of a halved one that stays so. */
async function waitForWhole(probe) {
  let rate = await probe.now()
  for (let wait = 0; wait < WAITS && !isWhole([rate], probe.best); wait++) {
    await sleep(WAIT_MS)
    rate = await probe.now()
  }
  return rate
}

/** One round of a pair: probe, ours, pause, rival, pause, probe; or of ours alone where there is no rival. */
async function playRound(ours, rival, probe) {
  const before = await waitForWhole(probe)
  const mine = await ours.contestant.time(ours.configuration, ours.repeats)
  await sleep(PAUSE_MS)
  const theirs = await rival?.contestant.time(rival.configuration, rival.repeats)
  if (rival) await sleep(PAUSE_MS)
  return { ours: mine, rival: theirs, probes: [before, await probe.now()] }
}

/** Rounds until `wanted` of them saw a whole machine, or the attempts are used up. */
export async function play(ours, rival, { rounds: wanted, probe, playOne = playRound }) {
  const rounds = []
  let whole = []
  while (whole.length < wanted && rounds.length < ATTEMPTS * wanted) {
    rounds.push(await playOne(ours, rival, probe))
    whole = wholeRounds(rounds, probe.best)
  }
  return { whole, discarded: rounds.length - whole.length }
}

const choose = (contestant, choice) => ({
  contestant,
  ...choice,
  repeats: Math.max(1, Math.ceil(TIMING_MS / choice.ms)),
})

const progress = ({ mode, ours, rival, ratio }) =>
  `  ${mode}: ${ours.ms.toFixed(2)} ms, ${rival.name} ${rival.ms.toFixed(2)} ms, ${ratio.median.toFixed(2)}x`

/**
 * Times `ours` against each rival. Every configuration of each is validated before anything is timed; then, for each
 * mode, the fastest configurations meet in interleaved rounds, of which those are discarded that saw a halved machine.
 * @param {object} contest
 * @param {string} contest.name
 * @param {import('./contestant.mjs').Contestant} contest.ours
 * @param {import('./contestant.mjs').Contestant[]} contest.rivals
 * @param contest.validate (contestant, answer, configuration) => a note for the report ({ recall }), or throws; `ours`
 *   comes first
 * @param {number} [contest.rounds] good rounds wanted for each pair, as the command says
 * @param {number} [contest.usualRounds] the same where it does not: fewer for calls that take many seconds
 * @param contest.probe as startProbe gives it
 * @param {{ name: string, accepts: (configuration: object) => boolean }[]} contest.modes
 * @param {string} [contest.only] a contest whose name lacks this is not held
 * @param {(line: string) => void} [contest.log] takes a line for each pair
 * @param {{ operations: number, bytes: number, kind?: string }} [contest.work] what one call computes and reads at least
 * @param {{ count: number, unit: string }} [contest.amount] what one call gets through, to be told as a rate
 * @returns {Promise<object[]>} one row for each mode and rival (one for the mode if there is none); `ratio` is the
 *   rival's time over ours, round by round
 */
export async function compete(contest) {
  const {
    name,
    ours,
    rivals,
    validate,
    usualRounds = USUAL_ROUNDS,
    probe,
    modes,
    work,
    amount,
    only = '',
    log = () => undefined,
  } = contest
  const { rounds = usualRounds } = contest
  if (!name.includes(only)) return []
  const mine = await tune(ours, modes, validate)
  const theirs = []
  for (const rival of rivals) theirs.push({ rival, choices: await tune(rival, modes, validate) })
  const rows = []
  for (const [m, mode] of modes.entries()) {
    if (mine[m] === undefined) continue
    const own = choose(ours, mine[m])
    const able = theirs.filter(({ choices }) => choices[m] !== undefined)
    const report = (ms, rest) => ({
      contest: name,
      mode: mode.name,
      ours: { name: ours.name, configuration: own.configuration, ms, ...own.note },
      ...(work && { work }),
      ...(amount && { amount }),
      wanted: rounds,
      ...rest,
    })
    await probe.lookUp()
    if (able.length === 0) {
      const { whole, discarded } = await play(own, undefined, { rounds, probe })
      rows.push(report(median(whole.map((round) => round.ours)), { rounds: whole.length, discarded }))
    }
    for (const { rival, choices } of able) {
      const other = choose(rival, choices[m])
      const { whole, discarded } = await play(own, other, { rounds, probe })
      rows.push(
        report(median(whole.map((round) => round.ours)), {
          rival: {
            name: rival.name,
            version: rival.version,
            configuration: other.configuration,
            ms: median(whole.map((round) => round.rival)),
            ...other.note,
          },
          ratio: spread(ratios(whole)),
          rounds: whole.length,
          discarded,
        }),
      )
      if (whole.length > 0) log(progress(rows.at(-1)))
    }
  }
  return rows
}
