// Compares the native tokenizers with the reference library on random texts:
//   node scripts/fuzz-tokenizers.mjs [--python PYTHON] [--count 1000000] [--seed 1] [TOKENIZER_JSON...]
// Without files, all of test/fixtures/tokenizers. Prints the texts whose ids differ; exit code 1 if there are any.
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
  },
})
const { NativeTokenizer } = createRequire(import.meta.url)('../dist/encode/tokenize/native-tokenizer.js')
const fixtures = path('../test/fixtures/tokenizers')
const files = positionals.length
  ? positionals
  : readdirSync(fixtures)
      .filter((name) => name !== 'texts.json')
      .map((name) => `${fixtures}/${name}`)
const SHOWN = 8
const AT_ONCE = 2000

let failed = false
for (const file of files) {
  const content = JSON.parse(readFileSync(file, 'utf8'))
  const tokenizer = await NativeTokenizer.create(content.tokenizer ?? content)
  const args = [path('fuzz-tokenizers.py'), file, values.seed, values.count]
  const python = spawn(values.python, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let compared = 0
  let different = 0
  const compare = async (lines) => {
    const received = await tokenizer.encode(lines.map(([text]) => text))
    for (const [i, [text, expected]] of lines.entries()) {
      compared++
      if (String([...received[i]]) === String(expected)) continue
      if (different++ < SHOWN)
        console.log(`  ${JSON.stringify(text)}\n    expected ${expected}\n    received ${[...received[i]]}`)
    }
  }
  let lines = []
  for await (const line of createInterface({ input: python.stdout })) {
    lines.push(JSON.parse(line))
    if (lines.length < AT_ONCE) continue
    await compare(lines)
    lines = []
  }
  await compare(lines)
  console.log(`${basename(file)}: ${compared} texts, ${different} differ`)
  failed ||= different > 0 || compared !== Number(values.count)
}
process.exitCode = failed ? 1 : 0
