import fc from 'fast-check'
import { BayesianPersonalizedRanking, type Id, type Interaction, Interactions, type Recommender } from 'kindred'
import { expect, it } from 'vitest'
import { anyLog } from '../support/logs.js'
import { ALGORITHMS, fitSmall, OF_SEQUENCES, tiedFeatures } from '../support/models.js'

const byName = (a: Id, b: Id) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
const bpr = (options: object) => (log: Interactions) =>
  new BayesianPersonalizedRanking({ factors: 3, iterations: 4, ...options }).fit(log)

const MODELS: [string, (log: Interactions) => Promise<Recommender>][] = [
  ...ALGORITHMS.map((name): [string, (log: Interactions) => Promise<Recommender>] => [
    name,
    (log) => {
      const itemFeatures = name === 'ContentBased' ? tiedFeatures([...log.items].sort(byName)) : undefined
      return fitSmall(name, log, { itemFeatures })
    },
  ]),
  ['BPR with popular negatives', bpr({ negativeSampling: 'popularity' })],
  ['BPR by batches', bpr({ optimizer: 'adam', batchSize: 16 })],
]

/** All scores by user and item, in an order of the ids; 0 for -0. */
async function scoresOf(model: Recommender): Promise<number[][]> {
  const items = [...model.items].sort(byName)
  const rows = [...model.users].sort(byName).map(async (user) => [...(await model.score(user, items))])
  return (await Promise.all(rows)).map((row) => row.map((score) => score + 0))
}

/** What a history scores, in an order of the ids of the items. */
async function foldedScores(model: Recommender, history: readonly Interaction[]): Promise<number[]> {
  const list = await model.recommendFor(history, { k: model.items.size, exclude: 'none' })
  return list.sort((a, b) => byName(a.item, b.item)).map(({ score }) => score + 0)
}

const shuffledLog = anyLog.chain((log) => {
  const rows = [...log]
  return fc.record({
    rows: fc.constant(rows),
    shuffled: fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length }),
  })
})

it.each(MODELS)('the order of rows changes no score, of a fit, a history or an update: %s', async (name, fit) => {
  const isOrdered = OF_SEQUENCES.includes(name)
  const more: Interaction[] = [
    { user: 'late', item: 'novel', weight: 2 },
    { user: 'late', item: 'other', weight: 1 },
    { user: 'later', item: 'novel', weight: 4 },
    { user: 'later', item: 'third', weight: 3 },
  ].map((row, n) => ({ ...row, time: isOrdered ? 5000 + n : undefined }))
  await fc.assert(
    fc.asyncProperty(shuffledLog, async ({ rows: given, shuffled: mixed }) => {
      const rows = isOrdered ? given.map((row, n) => ({ ...row, time: n })) : given
      const shuffled = mixed.map((row) => rows[given.indexOf(row)]!)
      const history = rows.filter(({ user }) => user === rows[0]!.user)
      const answers = []
      for (const [log, update, past] of [
        [rows, more, history],
        [shuffled, [...more].reverse(), isOrdered ? history : [...history].reverse()],
      ] as const) {
        const model = await fit(Interactions.from(log))
        const [fitted, folded] = [await scoresOf(model), await foldedScores(model, past)]
        const known = [
          ...update,
          ...rows.slice(0, 1).map(({ item }) => ({ user: 'late', item, weight: 5, time: 6000 })),
        ]
        await model.update(Interactions.from(known))
        answers.push({ fitted, folded, updated: await scoresOf(model), later: await foldedScores(model, past) })
      }
      expect(answers[1]).toEqual(answers[0])
    }),
    { numRuns: 12 },
  )
})
