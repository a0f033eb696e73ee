// Damage to the contents of a file: of bytes, of lines and fields, of JSON.

const WEIRD_TEXT = [
  '',
  '-1',
  'NaN',
  '-0',
  '1e999',
  '9007199254740993',
  '0x10',
  'null',
  '__proto__',
  '"',
  "'",
  '\0',
  '\uFEFF',
]
const WEIRD_JSON = [null, true, -1, 0, 0.5, 1e308, 2 ** 53, '', 'x', '__proto__', [], {}, [[]], 'y'.repeat(70_000)]

function range(length, random) {
  const begin = random.below(length + 1)
  return [begin, Math.min(length, begin + 1 + random.below(random.chance(0.5) ? 8 : length + 1))]
}

/** Each takes a buffer and gives a new one. */
const BYTES = {
  truncated: (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  'without its start': (bytes, random) => bytes.subarray(random.below(bytes.length + 1)),
  'bits flipped': (bytes, random) => {
    const copy = Buffer.from(bytes)
    for (let n = 1 + random.below(8); n > 0 && copy.length > 0; n--)
      copy[random.below(copy.length)] ^= 1 << random.below(8)
    return copy
  },
  'bytes replaced': (bytes, random) => {
    const copy = Buffer.from(bytes)
    const [begin, end] = range(bytes.length, random)
    const filling = random.pick([0, 0xff, undefined])
    for (let i = begin; i < end; i++) copy[i] = filling ?? random.below(256)
    return copy
  },
  'bytes inserted': (bytes, random) => {
    const at = random.below(bytes.length + 1)
    const more = Buffer.from(Array.from({ length: 1 + random.below(40) }, () => random.below(256)))
    return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)])
  },
  'a range removed': (bytes, random) => {
    const [begin, end] = range(bytes.length, random)
    return Buffer.concat([bytes.subarray(0, begin), bytes.subarray(end)])
  },
  'a range repeated': (bytes, random) => {
    const [begin, end] = range(bytes.length, random)
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(begin)])
  },
}

/** Fields, separators and lines of a text table. */
function mutateText(bytes, random) {
  const text = bytes.toString('latin1')
  const tokens = text.split(/([,\t\n :{}"]+)/)
  for (let n = 1 + random.below(3); n > 0; n--) {
    const at = random.below(tokens.length)
    const what = random.below(3)
    if (what === 0) tokens.splice(at, 1)
    else tokens.splice(at, what === 1 ? 0 : 1, what === 1 ? random.pick(tokens) : random.pick(WEIRD_TEXT))
  }
  return Buffer.from(tokens.join(''), 'latin1')
}

function paths(value, path = []) {
  const own = path.length > 0 ? [path] : []
  if (value === null || typeof value !== 'object' || path.length > 8) return own
  const keys = Object.keys(value).slice(0, 50)
  return own.concat(keys.flatMap((key) => paths(value[key], [...path, key])))
}

/** A value somewhere in `json` replaced, removed or given another name; the whole, now and then. */
export function mutateJson(json, random) {
  if (random.chance(0.05)) return random.pick(WEIRD_JSON)
  const copy = structuredClone(json)
  const all = paths(copy)
  if (all.length === 0) return random.pick(WEIRD_JSON)
  const path = random.pick(all)
  const parent = path.slice(0, -1).reduce((value, key) => value[key], copy)
  const key = path.at(-1)
  if (random.chance(0.2)) delete parent[key]
  else if (random.chance(0.1)) {
    parent[`${key}s`] = parent[key]
    delete parent[key]
  } else if (typeof parent[key] === 'number' && random.chance(0.5))
    parent[key] = random.pick([-parent[key], parent[key] + 1, parent[key] * 1e9, parent[key] + 0.5])
  else parent[key] = random.pick(WEIRD_JSON)
  return copy
}

/** The JSON header of a safetensors file mutated, its length put right. */
function mutateSafetensors(bytes, random) {
  const length = Number(bytes.readBigUInt64LE(0))
  const header = mutateJson(JSON.parse(bytes.toString('utf8', 8, 8 + length)), random)
  const text = Buffer.from(JSON.stringify(header))
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([size, text, bytes.subarray(8 + length)])
}

/** Mutations that keep to the form of a file, by its extension. */
const FORMS = {
  csv: mutateText,
  tsv: mutateText,
  txt: mutateText,
  jsonl: mutateText,
  json: (bytes, random) => Buffer.from(JSON.stringify(mutateJson(JSON.parse(bytes), random)) ?? ''),
  safetensors: mutateSafetensors,
}

/** `bytes` of a file with that extension, damaged; and a word for how. */
export function mutate(bytes, extension, random) {
  if (extension in FORMS && random.chance(0.6))
    return { bytes: FORMS[extension](bytes, random), how: 'another content' }
  const how = random.pick(Object.keys(BYTES))
  return { bytes: BYTES[how](bytes, random), how }
}
