/** The page's script, for a browser. Ids and texts become text nodes, never markup. */
export const SCRIPT = `'use strict'
const abilities = new Set(document.body.dataset.abilities.split(' '))
const element = (id) => document.getElementById(id)
const say = (text) => { element('message').textContent = text }
let turn = 0

async function ask(route, body) {
  const headers = { 'content-type': 'application/json' }
  const token = element('token')
  if (token && token.value) headers.authorization = 'Bearer ' + token.value
  const path = location.pathname.replace(/\\/$/, '') + route
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
  const answer = await response.json()
  if (!response.ok) throw Object.assign(new Error(answer.message), { code: answer.code })
  if (answer.version) element('version').textContent = 'version ' + answer.version
  return answer
}

// Ids that look like integers are asked for as such first: a service knows them as one or the other.
async function askOfId(route, text, bodyOf) {
  const number = Number(text)
  if (!/^-?(0|[1-9][0-9]*)$/.test(text) || !Number.isSafeInteger(number)) return ask(route, bodyOf(text))
  try {
    return await ask(route, bodyOf(number))
  } catch (error) {
    if (error.code !== 'ERR_UNKNOWN_ID') throw error
    return ask(route, bodyOf(text))
  }
}

function line(parent, kind, text) {
  const span = document.createElement('span')
  span.className = kind
  span.textContent = text
  parent.append(span)
}

function fill(id, entries, onPick) {
  element(id).replaceChildren(...entries.map((entry) => {
    const row = document.createElement('li')
    const name = entry.user !== undefined ? String(entry.user) : entry.title ? entry.title + ' (' + entry.item + ')' : String(entry.item)
    const label = document.createElement(onPick ? 'button' : 'span')
    label.textContent = name
    if (onPick) { label.type = 'button'; label.addEventListener('click', () => onPick(entry)) }
    row.append(label)
    if (entry.score !== undefined) line(row, 'score', 'score ' + entry.score.toPrecision(4))
    for (const reason of entry.reasons || []) line(row, 'reason', reason)
    return row
  }))
}

async function showing(call) {
  const mine = ++turn
  say('...')
  try {
    await call(() => mine === turn)
    if (mine === turn) say('')
  } catch (error) {
    if (mine === turn) say(error.message)
  }
}

const READERS_BY = {
  'item vector': 'Whose vectors score the vector highest that the model makes of the text.',
  'nearest items': 'Who suit the items nearest to the text.',
}
const titles = abilities.has('titles') ? { titles: true } : {}
const reasons = abilities.has('explain') ? { reasons: true } : {}

function showSimilar(entry) {
  return showing(async (isMine) => {
    const { items } = await ask('/similar', { item: entry.item, k: 10, ...titles })
    if (!isMine()) return
    element('similar-title').textContent = 'Similar to ' + (entry.title || entry.item)
    fill('similar', items, showSimilar)
  })
}

const pick = abilities.has('similar') ? showSimilar : undefined

element('user-form').addEventListener('submit', (event) => {
  event.preventDefault()
  const user = element('user').value
  showing(async (isMine) => {
    const history = await askOfId('/history', user, (id) => ({ user: id, k: 30, ...titles }))
    const lists = await askOfId('/recommend', user, (id) => ({ user: id, k: 10, ...titles, ...reasons }))
    if (!isMine()) return
    element('of-user').hidden = false
    fill('history', history.items, pick)
    fill('recommendations', lists.items, pick)
    if (element('similar')) { fill('similar', []); element('similar-title').textContent = 'Similar items' }
  })
})

if (abilities.has('search')) element('text-form').addEventListener('submit', (event) => {
  event.preventDefault()
  const text = element('text').value
  showing(async (isMine) => {
    const found = await ask('/search', { text, k: 10, ...titles })
    const readers = await ask('/readers', { text, k: 10 })
    if (!isMine()) return
    element('of-text').hidden = false
    fill('found', found.items, pick)
    element('readers-by').textContent = READERS_BY[readers.by]
    fill('readers', readers.users)
  })
})

if (element('token-form')) element('token-form').addEventListener('submit', (event) => event.preventDefault())
`
