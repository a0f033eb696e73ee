// Compares the native tokenizers with the reference library on random texts:
//   node scripts/fuzz-tokenizers.mjs [--python PYTHON] [--count 1000000] [--seed 1] [TOKENIZER_JSON...]
//   node scripts/fuzz-tokenizers.mjs [--python PYTHON] [--count 1000] --random FIRST:LAST
// Without files, all of test/fixtures/tokenizers. --random: tokenizers of random parts, one for each seed. Prints the texts whose
// ids differ; exit code 1 if there are any.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const path = (name) => fileURLToPath(new URL(name, import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: 'python3' },
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    random: { type: 'string' },
  },
})
const { NativeTokenizer } = createRequire(import.meta.url)('../dist/encode/tokenize/native-tokenizer.js')
const SHOWN = 8
const AT_ONCE = 2000

/** The lines that the other side writes. */
async function* linesOf(...args) {
  const python = spawn(values.python, [path('fuzz-tokenizers.py'), ...args, values.count], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: python.stdout })) yield JSON.parse(line)
}

let failed = false

/** One tokenizer and its texts. */
class Comparison {
  #lines = []
  #compared = 0
  #different = 0

  constructor(name, tokenizer) {
    this.name = name
    this.tokenizer = tokenizer
  }

  async add(line) {
    this.#lines.push(line)
    if (this.#lines.length === AT_ONCE) await this.#compare()
  }

  async end() {
    await this.#compare()
    console.log(`${this.name}: ${this.#compared} texts, ${this.#different} differ`)
    failed ||= this.#different > 0 || this.#compared !== Number(values.count)
  }

  async #compare() {
    const received = await this.tokenizer.encode(this.#lines.map(([text]) => text))
    for (const [i, [text, expected]] of this.#lines.entries()) {
      this.#compared++
      if (expected === null || String([...received[i]]) === String(expected)) continue
      if (this.#different++ < SHOWN)
        console.log(`  ${JSON.stringify(text)}\n    expected ${expected}\n    received ${[...received[i]]}`)
    }
    this.#lines = []
  }
}

if (values.random !== undefined) {
  let comparison
  for await (const line of linesOf('random', values.random)) {
    if (Array.isArray(line)) {
      await comparison?.add(line)
      continue
    }
    await comparison?.end()
    comparison = undefined
    try {
      comparison = new Comparison(`seed ${line.seed}`, await NativeTokenizer.create(line.tokenizer))
    } catch (error) {
      console.log(`seed ${line.seed}: refused: ${error.message}`)
    }
  }
  await comparison?.end()
} else {
  const fixtures = path('../test/fixtures/tokenizers')
  const ours = readdirSync(fixtures).filter((name) => name !== 'texts.json')
  for (const file of positionals.length ? positionals : ours.map((name) => `${fixtures}/${name}`)) {
    const content = JSON.parse(readFileSync(file, 'utf8'))
    const comparison = new Comparison(basename(file), await NativeTokenizer.create(content.tokenizer ?? content))
    for await (const line of linesOf(file, values.seed)) await comparison.add(line)
    await comparison.end()
  }
}
process.exitCode = failed ? 1 : 0
