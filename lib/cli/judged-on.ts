import type { Id } from '../data/id-map.js'
import type { Interactions } from '../data/log/interactions.js'
import { readNegatives } from '../data/read-negatives.js'
import type { Gain } from '../evaluate/measures/gains.js'
import type { Recommender } from '../models/base/recommender.js'
import { KindredError } from '../native/errors.js'
import { type HeldOut, loadHeldOut, sameHeldOut } from './held-out.js'
import { JUDGED_SHARE } from './judged-share.js'
import { readTestLog, type TestLogOptions } from './test-log.js'

/** What says where the log to judge on is, and how hits count. */
export interface JudgedOnOptions extends TestLogOptions {
  negatives?: string[]
  gain?: Gain
}

/** A log to judge on. */
export interface JudgedOn {
  /** Where it comes from, to be printed. */
  split: Record<string, unknown>
  test: Interactions
  /** Where the model knows none of the users: what they are folded in from. */
  history?: Interactions
  /** For each user the items that those of `test` are ranked among. */
  negatives?: Map<Id, Id[]>
}

/**
 * The log to judge on.
 * @throws ERR_DATA where the models held out not the same or nothing, or several are to be judged on users whom they do not
 * know; what reading throws
 */
export async function judgedOn(
  options: JudgedOnOptions,
  folders: readonly string[],
  models: readonly Recommender[],
  signal: AbortSignal,
): Promise<JudgedOn> {
  if (options.negatives !== undefined) {
    const given = await readNegatives(options.negatives, { encoding: options.encoding, signal })
    return { split: { negatives: nameOf(options.negatives) }, ...given }
  }
  if (options.test !== undefined)
    return { split: { test: nameOf(options.test) }, test: await readTestLog(options, models, signal) }
  const heldOut = await heldOutOf(folders, options.gain, signal)
  return heldOut.split.by === 'users' ? foldedIn(heldOut, folders, signal) : heldOut
}

/** One file by its name, several as a list. */
const nameOf = (files: readonly string[]) => (files.length === 1 ? files[0] : files)

/** What all the models held out. @throws ERR_DATA where it is not the same, or nothing */
async function heldOutOf(folders: readonly string[], gain: Gain = 'binary', signal: AbortSignal): Promise<HeldOut> {
  const [first, ...others] = folders
  const heldOut = await loadHeldOut(first!, { signal })
  const weights = gain !== 'binary'
  for (const folder of others)
    if (!sameHeldOut(heldOut, await loadHeldOut(folder, { signal }), { weights }))
      throw new KindredError(
        'ERR_DATA',
        `${folder}: other interactions were held out than those of ${first}${weights ? `, or with other weights, which --gain ${gain} counts` : ''}. Train both with the same --split on the same log, or name a log with --test.`,
      )
  if (heldOut.test.size === 0)
    throw new KindredError(
      'ERR_DATA',
      `${first}: nothing was held out by --split ${describe(heldOut)}. Train with a split that takes some rows, such as a larger --fraction, or name a log with --test.`,
    )
  return heldOut
}

/** The users held out, each with a part to be folded in from and a part to be judged. */
async function foldedIn(
  { split, test: all }: HeldOut,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<JudgedOn> {
  if (folders.length > 1)
    throw new KindredError(
      'ERR_DATA',
      `${folders[0]}: --split users held out users whom the models do not know, and such users are folded into one model at a time. Name one --model, or a log with --test.`,
    )
  const judged = { by: 'random', fraction: JUDGED_SHARE, seed: 0 } as const
  const { train: history, test } = await all.splitAsync({ ...judged, signal })
  if (test.size === 0)
    throw new KindredError(
      'ERR_DATA',
      `${folders[0]}: none of the ${all.users.size} users held out has rows enough to fold in from some and judge ${JUDGED_SHARE * 100} % of them, 3 at least. Train with a larger --split-min.`,
    )
  return { split: { ...split, judged }, test, history }
}

/** For example "random {"fraction":0}". */
function describe({ split: { by, ...rest } }: HeldOut): string {
  return Object.keys(rest).length === 0 ? String(by) : `${by} ${JSON.stringify(rest)}`
}
