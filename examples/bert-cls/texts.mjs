// Texts by templates, so that the example needs no data. The templates of the test are not among those of the training, and
// nothing but the words that are named here tells the classes apart.

const ITEMS = ['film', 'book', 'game', 'song', 'series', 'report', 'novel', 'record', 'play', 'course']
const PLACES = ['at home', 'on the train', 'last night', 'with friends', 'in the park', 'this morning', 'after work']
const WORDS = {
  positive: ['wonderful', 'brilliant', 'charming', 'lovely', 'superb', 'moving', 'delightful', 'funny'],
  neutral: ['ordinary', 'average', 'usual', 'acceptable', 'plain', 'decent', 'standard', 'passable'],
  negative: ['awful', 'boring', 'terrible', 'dull', 'tedious', 'dreadful', 'clumsy', 'empty'],
}
const OPINIONS = {
  train: [
    'the {item} that we had {place} was {word}',
    'a {word} {item} , finished {place}',
    'i found this {item} {word} when i took it {place}',
    '{word} from the first minute : the {item} we shared {place}',
    'what a {word} {item} , i thought {place}',
    '{place} they said it was a {word} {item}',
    'it was {word} , this {item} which we chose {place}',
    'so {word} a {item} we had {place}',
  ],
  test: [
    'we all thought that the {item} was {word} , and said so {place}',
    '{place} we had a {item} and it was {word}',
  ],
}

const STAYED = [
  'read it to the end',
  'stayed for {n} minutes',
  'saved it for later',
  'came back {n} times',
  'shared it',
]
const LEFT = [
  'left after {n} seconds',
  'closed it at once',
  'scrolled past it',
  'reported it',
  'went back {n} seconds later',
]
const CLICKS = {
  train: [
    'opened the {item} {place} and {deed}',
    '{place} : a click on a {item} , then {deed}',
    'saw a {item} , {deed}',
    '{deed} : that {item} {place}',
  ],
  test: ['found a {item} {place} , opened it and {deed}', 'someone who chose the {item} {deed} {place}'],
}

const NAMES = {
  PER: [
    ['anna', 'boris', 'carla', 'david', 'elena', 'frank', 'greta', 'henry'],
    ['smith', 'novak', 'rossi', 'weber', 'garcia', 'jones', 'silva', 'brown'],
  ],
  ORG: [
    ['northern', 'global', 'united', 'central', 'pacific', 'royal'],
    ['bank', 'museum', 'airlines', 'university', 'press', 'motors'],
  ],
  LOC: [
    ['new', 'port', 'saint', 'upper', 'lake', 'fort'],
    ['york', 'louis', 'victoria', 'austin', 'haven', 'orleans'],
  ],
}
const NEWS = {
  train: [
    '{PER} of the {ORG} travelled to {LOC} yesterday',
    'the {ORG} opens an office in {LOC} , says {PER}',
    'in {LOC} {PER} met the heads of the {ORG}',
    '{PER} was born near {LOC} and works for the {ORG}',
    'the {ORG} sent a letter to {PER} in {LOC}',
    'from {LOC} comes {PER} , who told the {ORG} that it is far away',
  ],
  test: ['{PER} told the {ORG} that {LOC} is far away', 'from {LOC} the {ORG} sent {PER} a letter'],
}

/** A seeded stream of whole numbers (mulberry32). */
function chooser(seed) {
  let state = seed
  return (count) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % count
  }
}

const SIZES = { train: 1440, validation: 240, test: 480 }

/** Each part made by `make(templates, choose, n)`: the validation has the templates of the training. */
function parts(templates, seed, make) {
  const choose = chooser(seed)
  const part = (name, own) => Array.from({ length: SIZES[name] }, (_, n) => make(own, choose, n))
  return {
    train: part('train', templates.train),
    validation: part('validation', templates.train),
    test: part('test', templates.test),
  }
}

const fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name])
const one = (list, choose) => list[choose(list.length)]

/** Opinions in three classes: { train, validation, test }, each of { text, label }. */
export function opinions() {
  return parts(OPINIONS, 1, (templates, choose, n) => {
    const label = Object.keys(WORDS)[n % 3]
    const values = { item: one(ITEMS, choose), place: one(PLACES, choose), word: one(WORDS[label], choose) }
    return { text: fill(one(templates, choose), values), label }
  })
}

/** What somebody did behind a click, which was good or bad. */
export function clicks() {
  return parts(CLICKS, 2, (templates, choose, n) => {
    const label = n % 2 === 0 ? 'good' : 'bad'
    const deed = fill(one(label === 'good' ? STAYED : LEFT, choose), { n: 2 + choose(8) })
    const values = { item: one(ITEMS, choose), place: one(PLACES, choose), deed }
    return { text: fill(one(templates, choose), values), label }
  })
}

/** Sentences with people, organisations and places in them: each of { words, tags }. */
export function news() {
  return parts(NEWS, 3, (templates, choose) => {
    const words = []
    const tags = []
    for (const part of one(templates, choose).split(' ')) {
      const type = /^\{(\w+)\}$/.exec(part)?.[1]
      if (type === undefined) {
        words.push(part)
        tags.push('O')
        continue
      }
      const [first, second] = NAMES[type]
      words.push(one(first, choose), one(second, choose))
      tags.push(`B-${type}`, `I-${type}`)
    }
    return { words, tags }
  })
}

/** Every word of all texts, for a tokenizer of their own. */
export function vocabulary() {
  const texts = [opinions(), clicks(), news()].flatMap((set) => Object.values(set).flat())
  return [...new Set(texts.flatMap(({ text, words }) => words ?? text.split(' ')))].sort()
}
