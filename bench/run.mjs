// npm run bench -- NAME [options]: see README.md.
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { withLimits } from './harness/limits.mjs'
import { machine, machineLine } from './harness/machine.mjs'
import { startProbe } from './harness/probe.mjs'
import { roofsText, tableText } from './harness/report.mjs'
import { writeSection } from './harness/results-file.mjs'

const NAMES = [
  'similarity',
  'knn',
  'factorization',
  'ease',
  'micro',
  'costs',
  'blocks',
  'tables',
  'as-of-join',
  'evaluation',
  'static-embedding',
  'tokenizers',
  'tfidf',
  'images',
  'stsb',
  'cold-items',
  'item-features',
  'published',
  'updates',
  'als-validation',
  'neighbors',
  'slim',
  'lasso',
  'tune',
  'als-start',
  'als-defaults',
  'gradient-models',
  'fine-tuning',
  'trees',
  'pca',
  'word-vectors',
  'sequences',
  'text-quality',
  'growth',
  'queueing',
  'feature-pipeline',
  'feature-store',
  'ctr',
  'ftrl',
  'seqgan',
  'towers',
  'fusion',
  'serve-load',
  'bandits',
  'encoders',
  'event-log',
  'rerank',
]

const USAGE = `npm run bench -- NAME [options] [arguments of the benchmark]
  --list             the names, and what each measures
  --small            smaller data
  --rounds N         good rounds wanted for each pair (7, or what a contest of long calls says: see its table)
  --only TEXT        only contests with this in their name
  --mode NAME        only '1 thread' or only 'best threads'
  --python PATH      the Python that has the rivals (KINDRED_BENCH_PYTHON, else python3)
  --json             print JSON instead of Markdown
  --results FILE     where the section of this benchmark is remade (bench/RESULTS.md)`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    small: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    mode: { type: 'string' },
    python: { type: 'string', default: process.env.KINDRED_BENCH_PYTHON ?? 'python3' },
    json: { type: 'boolean', default: false },
    results: { type: 'string', default: fileURLToPath(new URL('RESULTS.md', import.meta.url)) },
  },
})

const load = (name) => import(`./${name}.mjs`)

async function list() {
  for (const name of NAMES) console.log(`${name.padEnd(18)}${(await load(name)).summary}`)
}

function fail(message) {
  console.error(`${message}\n\n${USAGE}`)
  process.exitCode = 2
}

/** The command that remakes the table, anywhere. */
const commandLine = (name, rest) =>
  [
    'npm run bench --',
    name,
    ...(values.small ? ['--small'] : []),
    ...(rounds === undefined ? [] : [`--rounds ${rounds}`]),
    ...(values.only === undefined ? [] : [`--only '${values.only}'`]),
    ...(values.mode === undefined ? [] : [`--mode '${values.mode}'`]),
    ...rest,
  ].join(' ')

/** Ways to choose the configuration that competes. */
function modesOf(threads) {
  const all = [
    { name: '1 thread', accepts: (configuration) => configuration.threads === 1 },
    ...(threads > 1 ? [{ name: 'best threads', accepts: () => true }] : []),
  ]
  return all.filter(({ name }) => values.mode === undefined || name === values.mode)
}

async function runBenchmark(name, rest) {
  const { run } = await load(name)
  const { threads } = machine()
  const notices = []
  const probe = await startProbe()
  if (probe.missing) notices.push(`no roofs, and a probe by search: ${probe.missing}`)
  const result = await run({
    small: values.small,
    rounds,
    python: values.python,
    probe,
    notices,
    arguments: rest,
    threadCounts: [...new Set([1, threads])],
    only: values.only,
    modes: modesOf(threads),
    log: (text) => console.error(text),
  })
  await probe.lookUp()
  probe.end()
  if (result.missing) {
    console.error(`${name} needs what is not here: ${result.missing}`)
    process.exitCode = 1
    return
  }
  const { versions = {} } = result
  const tables = result.tables.map((table) =>
    table.contests ? { ...table, contests: withLimits(table.contests, probe) } : table,
  )
  const rivals = Object.entries(versions).map(([rival, version]) => `${rival} ${version}`)
  const body = [
    `\`${commandLine(name, rest)}\``,
    machineLine(machine()),
    rivals.length > 0 ? `Rivals: ${rivals.join(', ')}.` : '',
    tables.some(({ contests }) => contests) ? roofsText(probe.roofs()) : '',
    ...tables.map(tableText),
    notices.map((notice) => `- ${notice}`).join('\n'),
  ]
    .filter(Boolean)
    .join('\n\n')
  if (values.json) {
    const { data = tables } = result
    console.log(JSON.stringify({ name, machine: machine(), versions, roofs: probe.roofs(), notices, data }))
  } else console.log(body)
  writeSection(values.results, name, body)
}

const [name, ...rest] = positionals
const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
if (values.help) console.log(USAGE)
else if (values.list) await list()
else if (!NAMES.includes(name)) fail(`expected one of ${NAMES.join(', ')} but received ${name ?? 'nothing'}`)
else if (rounds !== undefined && (!Number.isInteger(rounds) || rounds < 1))
  fail(`--rounds: expected an integer of at least 1 but received ${values.rounds}`)
else await runBenchmark(name, rest)
