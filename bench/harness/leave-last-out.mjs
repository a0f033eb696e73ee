import { readFileSync } from 'node:fs'
import { Interactions } from '../../dist/index.mjs'

/**
 * Sequences in SASRec's format, lines of "user item" in the order of time: of each user of at least three items the last to
 * test on, the one before to validate, the others to learn from.
 */
export function leaveLastOut(path) {
  const users = new Map()
  for (const line of readFileSync(path, 'utf8').trim().split('\n')) {
    const [user, item] = line.split(/\s+/).map(Number)
    if (!users.has(user)) users.set(user, [])
    users.get(user).push(item)
  }
  const parts = { train: [], validation: [], test: [] }
  for (const [user, items] of users)
    for (const [time, item] of items.entries()) {
      const left = items.length < 3 ? 3 : items.length - time
      parts[left === 1 ? 'test' : left === 2 ? 'validation' : 'train'].push({ user, item, time })
    }
  return Object.fromEntries(Object.entries(parts).map(([name, rows]) => [name, Interactions.from(rows)]))
}
