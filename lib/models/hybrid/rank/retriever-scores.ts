import { Matrix } from '../../../data/matrix.js'
import { translatedHistory } from '../../base/history-rows.js'
import { MemberModel } from '../members/member-model.js'
import type { MemberPoints } from '../members/member-points.js'
import { historyScoresOfMember, type Member, scoresOfMember } from '../members/members.js'
import { normalizeScores } from '../members/normalize-scores.js'
import type { Retrieved } from './candidate-ranker.js'

/** The names of the fields of a retriever's scores: its own, and what each of its members gives an item. */
export const scoreFieldName = (n: number) => (n === 0 ? 'retriever.score' : `retriever.${n - 1}`)

/** The retriever's scores of users, and the fields of them. */
export async function retrievedScores(
  member: Member,
  userRows: Int32Array,
  items: number,
  signal: AbortSignal | undefined,
): Promise<Retrieved> {
  const scores = await scoresOfMember(member, userRows, items, signal)
  const { model, users } = member
  const rows = users === null ? userRows : userRows.map((row) => users[row]!)
  const known = rows.filter((row) => row >= 0)
  const points = model instanceof MemberModel && known.length > 0 ? await model.pointsOf(known, signal) : []
  return withFields(member, scores, points, rows, signal)
}

/** The same of a history of item rows and weights. */
export async function retrievedFor(
  member: Member,
  history: ReadonlyMap<number, number>,
  items: number,
  signal: AbortSignal | undefined,
): Promise<Retrieved> {
  const scores = await historyScoresOfMember(member, history, items, signal)
  const { model, items: places } = member
  const own = places === null ? history : translatedHistory(history, places)
  const points = model instanceof MemberModel ? await model.historyPoints(own, signal) : []
  return withFields(member, scores, points, Int32Array.of(0), signal)
}

/** @param rows [users] the row of each in the model, -1 where it is not there: it has no points */
async function withFields(
  { model, items: places }: Member,
  scores: Matrix,
  points: readonly MemberPoints[],
  rows: Int32Array,
  signal: AbortSignal | undefined,
): Promise<Retrieved> {
  const { rows: count, cols } = scores
  const normalized = new Matrix(count, cols, scores.data.slice())
  await normalizeScores(normalized, model.inner.evidence, 'z-score', signal)
  const members = model instanceof MemberModel ? model.models.length : 0
  const features = Array.from({ length: members }, (_, m) => {
    const all = new Matrix(count, cols, new Float32Array(count * cols).fill(Number.NaN))
    let next = 0
    for (let q = 0; q < count; q++) {
      if (rows[q]! < 0 || points.length === 0) continue
      const [from, to] = [points[m]!.points.row(next++), all.row(q)]
      if (places === null) to.set(from)
      else for (let i = 0; i < cols; i++) if (places[i]! >= 0) to[i] = from[places[i]!]!
    }
    return all
  })
  return { scores, features: [normalized, ...features] }
}
