import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ABOUT_OPTIONS } from '#lib/cli/about-model-options.js'
import { ALGORITHMS, MODELS } from '#lib/models/registry.js'
import { kindred } from './run.js'

const need = (command: string) => {
  const options: Record<string, string[]> = {
    embed: ['--encoder', 'e', '--items', 'i', '--id', 'id', '--text', '{t}', '--out', 'o'],
    train: ['--interactions', 'l.csv', '--user', 'u', '--item', 'i', '--out', 'o'],
    evaluate: ['--model', 'm'],
    recommend: ['--model', 'm'],
    similar: ['--model', 'm', '--item', '1'],
    tune: ['--encoder', 'e', '--train', 't.csv', '--out', 'o', '--task'],
    predict: ['--model', 'test/fixtures/tiny-bert', '--input', 't.csv', '--output', 'o.csv'],
    profile: ['--table', 't.csv'],
    serve: ['--model', 'm'],
  }
  return [command, ...options[command]!]
}

describe('help', () => {
  const COMMANDS = [
    ...[
      'quickstart',
      'profile',
      'distill',
      'embed',
      'train',
      'evaluate',
      'recommend',
      'similar',
      'tune',
      'predict',
      'serve',
    ],
  ]
  it.each(COMMANDS)('kindred %s --help', async (command) => {
    const { code, stdout, stderr } = await kindred([command, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(`Usage: kindred ${command}`)
    expect(stdout).toMatch('--json')
  })

  it('kindred --help loads no model and no addon', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kindred-help-'))
    const hook = join(folder, 'hook.cjs')
    const list = join(folder, 'loaded.json')
    writeFileSync(
      hook,
      `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(list)}, JSON.stringify(Object.keys(require.cache))))`,
    )
    const loaded = async (args: string[]) => {
      execFileSync(process.execPath, ['--require', hook, 'dist/cli/main.js', ...args], { stdio: 'ignore' })
      return JSON.parse(readFileSync(list, 'utf8')) as string[]
    }
    const ofModels = /dist.(models|nn|text|encode|serve|evaluate)/
    for (const args of [['--help'], ['--version']])
      expect((await loaded(args)).filter((path) => ofModels.test(path) || path.endsWith('.node'))).toEqual([])
    expect((await loaded(['train', '--help'])).some((path) => ofModels.test(path))).toBe(true)
    rmSync(folder, { recursive: true })
  })

  it('kindred --help tells the commands and the exit codes; --version the version', async () => {
    const { code, stdout } = await kindred(['--help'])
    expect(code).toBe(0)
    for (const part of [...COMMANDS, 'Exit codes']) expect(stdout).toMatch(part)
    expect(await kindred(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) })
  })
})

describe('kindred train --help', () => {
  const defaults = ALGORITHMS.map(
    (owner) => [owner, new MODELS[owner]().options as Readonly<Record<string, unknown>>] as const,
  )
  const names = [...new Set(defaults.flatMap(([, own]) => Object.keys(own)))]
  const flag = (name: string) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

  it('gives every option of each algorithm with its true default', async () => {
    const text = (await kindred(['train', '--help'])).stdout.replaceAll(/\s+/g, ' ')
    expect(names.length).toBeGreaterThan(20)
    for (const name of names) {
      const line = text.split(new RegExp(` ${flag(name)} [<[]`))[1]
      expect(line, `${name} is not in the help`).toBeDefined()
      const groups = [
        ...line!
          .split(' --')[0]!
          .split('default: ')[1]!
          .matchAll(/([\w.-]+) \(([A-Z][\w, ]+)\)/g),
      ]
      const documented = new Map(
        groups.flatMap(([, value, owners]) => owners!.split(', ').map((owner) => [owner, value])),
      )
      const actual = defaults
        .filter(([, own]) => name in own)
        .map(([owner, own]) => [owner, String(own[name] ?? 'unset')] as const)
      expect(documented, name).toEqual(new Map(actual))
    }
  })

  it('describes every option, and offers the choices that the class takes', () => {
    for (const name of names) {
      const entry = ABOUT_OPTIONS[name]
      expect(entry, `${name} is not described in lib/cli/about-model-options.ts`).toBeDefined()
      for (const [owner, own] of defaults.filter((one) => name in one[1])) {
        const Model = MODELS[owner] as new (options: object) => unknown
        const value = own[name]
        if (entry!.argument === '<x|auto>') {
          expect(() => [new Model({ [name]: 'auto' }), new Model({ [name]: 1 })], name).not.toThrow()
          expect(() => new Model({ [name]: 'nonsense' }), name).toThrow(/auto/)
        } else if (typeof value === 'string') {
          const choices = entry!.argument as readonly string[]
          const legal = (() => {
            try {
              new Model({ [name]: 'nonsense' })
              return 'anything'
            } catch (error) {
              return (error as Error).message.match(/expected one of (.*) but/)![1]!
            }
          })()
          expect([...choices].sort(), `${owner} ${name}`).toEqual(legal.replaceAll("'", '').split(', ').sort())
        } else if (typeof value === 'boolean') expect(entry!.argument, name).toBe('[true|false]')
        else expect(['<n>', '<x>'], name).toContain(entry!.argument)
      }
    }
    expect(Object.keys(ABOUT_OPTIONS).filter((name) => !names.includes(name))).toEqual([])
  })

  it('shows the options of one algorithm when it is named', async () => {
    const { stdout } = await kindred(['train', '--algorithm', 'SLIM', '--help'])
    expect(stdout).toMatch('--l1-ratio')
    expect(stdout).toMatch('--split')
    expect(stdout).not.toMatch('--factors')
  })
})

describe('wrong usage: exit code 2, the reason on standard error', () => {
  it.each<[string[], RegExp]>([
    [[], /Usage: kindred/],
    [['foo'], /unknown command 'foo'/],
    [['train'], /--interactions <files...>' not specified/],
    [[...need('train'), '--fators', '3'], /unknown option '--fators'/],
    [[...need('train'), '--factors', 'NaN'], /--factors .*'NaN' is invalid/],
    [[...need('train'), '--factors', '1.5'], /'1.5' is invalid. Expected a natural number/],
    [[...need('train'), '--alpha', 'Infinity'], /'Infinity' is invalid/],
    [
      [...need('train'), '--split', 'half'],
      /Allowed choices are leave-last-out, leave-k-out, time-per-user, time, random, cold-items, users, none/,
    ],
    [
      [...need('train'), '--fraction', '0.5'],
      /--fraction: of --split time-per-user, time, random, cold-items, users, but --split is none/,
    ],
    [[...need('train'), '--split', 'leave-last-out', '--fraction', '0.5'], /but --split is leave-last-out/],
    [
      [...need('train'), '--split', 'time', '--split-seed', '3'],
      /--split-seed: of --split leave-k-out, random, cold-items, users, but/,
    ],
    [[...need('train'), '--split', 'random', '--leave', '3'], /--leave: of --split leave-k-out, but --split is random/],
    [[...need('train'), '--split', 'time', '--choose', 'last'], /--choose: of --split leave-k-out/],
    [
      [...need('train'), '--split', 'random', '--split-min', '3'],
      /--split-min: of --split leave-last-out, leave-k-out/,
    ],
    [[...need('train'), '--scale', '3'], /--scale: of --transform log/],
    [[...need('train'), '--first-field', 'item'], /--first-field: of --format user-items/],
    [[...need('train'), '--format', 'user-items'], /--user: of tables with columns/],
    [['train', '--interactions', 'l.csv', '--item', 'i', '--out', 'o'], /expected --user, the column/],
    [[...need('similar'), '--fallback', 'last'], /Allowed choices are popularity, none/],
    [[...need('train'), '--algorithm', 'Popularity', '--factors', '3'], /--factors: not an option of Popularity/],
    [[...need('train'), '--algorithm', 'ItemKNN', '--l1-ratio', '1'], /--l1-ratio: .* one of SLIM/],
    [
      [...need('train'), '--neighbors', '3'],
      /--neighbors: not an option of AlternatingLeastSquares. It is one of ItemKNN, P3alpha, RP3beta, SLIM, UserKNN/,
    ],
    [[...need('train'), '--algorithm', 'UserKNN', '--similarity', 'dot'], /Allowed choices are cosine, jaccard/],
    [[...need('train'), '--algorithm', 'ContentBased'], /expected --items/],
    [[...need('train'), '--algorithm', 'EASE', '--items', 'v'], /--items: EASE learns from interactions alone/],
    [[...need('train'), '--algorithm', 'als'], /Allowed choices are AlternatingLeastSquares, Bayes.*, UserKNN/],
    [[...need('evaluate'), '--k', '5,x'], /'5,x' is invalid/],
    [[...need('recommend'), '--user', '1', '--k', '-1'], /'-1' is invalid. Expected a natural number/],
    [[...need('recommend'), '--user', '1', '--k', '2.5'], /'2.5' is invalid/],
    [[...need('recommend')], /expected either --user, --history or --all/],
    [[...need('recommend'), '--user', '1', '--history', '2'], /expected either --user, --history or --all/],
    [[...need('recommend'), '--user', '1', '--all', '--out', 'l.jsonl'], /expected either --user, --history or --all/],
    [[...need('recommend'), '--all'], /--all: expected --out/],
    [[...need('recommend'), '--user', '1', '--out', 'l.jsonl'], /--out: of --all/],
    [[...need('recommend'), '--all', '--out', 'l.txt'], /--out: expected a file ending in \.jsonl, \.csv, \.parquet/],
    [[...need('recommend'), '--all', '--out', 'l.csv', '--titles', 't.csv'], /--titles: of one list/],
    [[...need('recommend'), '--user', '1', '--exclude', 'none,3'], /--exclude: 'none' stands alone/],
    [[...need('recommend'), '--user', '1', '--exclude', ',,'], /--exclude: expected ids with a comma/],
    [[...need('recommend'), '--user', '1', '--id', 'id'], /--id: of --titles/],
    [[...need('similar'), '--title', 'name'], /--title: of --titles/],
    [[...need('train'), '--track-loss', 'maybe'], /'maybe' is invalid. Expected true or false/],
    [[...need('evaluate'), '--user', 'u'], /--user: of --test/],
    [[...need('evaluate'), '--weight', 'w'], /--weight: of --test/],
    [[...need('evaluate'), '--encoding', 'latin1'], /--encoding: of --test/],
    [[...need('evaluate'), '--negatives', 'n', '--quote', "'"], /--quote: of --test/],
    [[...need('recommend'), '--user', '1', '--skip', '1'], /--skip: of --titles/],
    [[...need('train'), '--columns', 'user,,item'], /--columns.*comma between/],
    [
      ['train', '--interactions', 'l', '--format', 'user-items', '--columns', 'a', '--out', 'o'],
      /--columns: of tables/,
    ],
    [[...need('evaluate'), '--test', 't.csv', '--user', 'u'], /--test: expected --user and --item/],
    [[...need('evaluate'), '--baseline', 'm'], /--baseline: of several models/],
    [[...need('evaluate'), 'n', '--baseline', 'x'], /--baseline: expected one of the folders of --model, m, n/],
    [[...need('evaluate'), 'm'], /--model: a folder is named twice/],
    [[...need('evaluate'), 'n', '--unrankable', 'ignore'], /--unrankable: of one model/],
    [[...need('evaluate'), '--metrics', 'ndcg@10'], /--metrics: of several models/],
    [[...need('evaluate'), 'n', '--metrics', 'ndcg@10,,'], /Expected names with a comma/],
    [[...need('evaluate'), '--permutations', '10'], /--permutations: of several models/],
    [[...need('evaluate'), 'n', '--per-user', 'p.jsonl'], /--per-user: of one model/],
    [[...need('evaluate'), 'n', '--negatives', 'n.txt'], /--negatives: of one model/],
    [[...need('evaluate'), '--negatives', 'n.txt', '--exclude', 'none'], /--exclude: not together with --negatives/],
    [[...need('evaluate'), '--negatives', 'n.txt', '--candidates', 'held-out'], /--candidates: not together/],
    [[...need('evaluate'), '--gain', 'log'], /Allowed choices are binary, linear, exponential/],
    [['embed', ...need('embed').slice(3), '--dtype', 'fp32'], /--dtype: of --encoder/],
    [[...need('embed'), '--dtype', 'fp12'], /Allowed choices are fp32/],
    [[...need('embed'), '--pooling', 'min'], /Allowed choices are mean/],
    [[...need('embed'), '--prompt', 'x', '--prompt-name', 'y'], /'--prompt-name <name>' cannot be used with/],
    [[...need('embed'), '--dims', '1.5'], /Expected a natural number/],
    [[...need('similar'), '--k', ''], /is invalid/],
    [[...need('tune'), 'classify', '--second', 's'], /--second: of --task rank, encode, but --task is classify/],
    [[...need('tune'), 'mlm', '--label', 'l'], /--label: of --task classify, tag, rank, encode, but/],
    [[...need('tune'), 'sort'], /Allowed choices are classify, tag, rank, encode, mlm/],
    [[...need('tune'), 'rank'], /expected --second/],
    [[...need('tune'), 'encode', '--validation', 'v.csv', '--second', 's'], /expected --second and --label/],
    [[...need('tune'), 'encode', '--loss', 'cosine', '--second', 's'], /--loss cosine: expected --label/],
    [[...need('tune'), 'encode', '--label', 'l'], /--label: the score of a pair; expected --second/],
    [
      [...need('tune'), 'encode', '--loss', 'simcse', '--second', 's'],
      /--second: --loss simcse learns from texts alone/,
    ],
    [
      [...need('tune'), 'encode', '--loss', 'in-batch', '--second', 's', '--label', 'l'],
      /--label: --loss in-batch learns from pairs alone/,
    ],
    [[...need('tune'), 'encode', '--second', 's', '--scale', '5'], /--scale: of --label/],
    [
      ['tune', '--task', 'mlm', '--encoder', 'e', '--train', 't.txt', '--out', 'o', '--text', 'x'],
      /--text: of tables, but the files are \.txt/,
    ],
    [
      ['tune', '--task', 'tag', '--encoder', 'e', '--train', 't.conll', '--out', 'o', '--label', 'x'],
      /--label: of tables, but the files have one word a line/,
    ],
    [[...need('tune'), 'encode', '--loss', 'in-batch'], /--loss in-batch: expected --second/],
    [
      [...need('tune'), 'encode', '--second', 's', '--label', 'l', '--temperature', '1'],
      /--temperature: of --loss in-batch and simcse/,
    ],
    [[...need('tune'), 'classify', '--separator', ','], /--separator: of --problem-type multi-label/],
    [[...need('tune'), 'classify', '--scale', '5'], /--scale: of --problem-type regression/],
    [[...need('tune'), 'rank', '--second', 's', '--scale', '0'], /--scale: expected a number other than 0/],
    [[...need('tune'), 'classify', '--problem-type', 'regression', '--labels', 'a,b'], /--labels: not of/],
    [[...need('tune'), 'classify', '--rank', '4'], /--rank: of --adapter/],
    [[...need('tune'), 'classify', '--checkpoint-every', '4'], /--checkpoint-every: of --checkpoint/],
    [[...need('tune'), 'classify', '--patience', '2'], /--patience: of --validation/],
    [[...need('tune'), 'classify', '--schedule', 'plateau'], /--schedule plateau: of --validation/],
    [[...need('tune'), 'classify', '--adapter', 'prefix'], /Allowed choices are lora, adalora, bottleneck/],
    [[...need('tune'), 'classify', '--onnx', 'int4'], /--onnx: expected fp32, int8 or fp32,int8 but received int4/],
    [[...need('tune'), 'classify', '--format', 'conll'], /--format: conll is of --task tag/],
    [[...need('tune'), 'classify', '--schedule', 'steep'], /Allowed choices are constant, linear, cosine, plateau/],
    [[...need('predict'), '--k', '3'], /--k: of a model of the task mlm, but .* is one of classify/],
    [[...need('serve'), '--features', 'f'], /--features: of --encoder/],
    [[...need('serve'), '--port', '1.5'], /'1.5' is invalid. Expected a natural number/],
    [[...need('serve'), '--title', 't'], /--title: of --titles/],
    [[...need('predict'), '--threshold', '0.5'], /--threshold: of a model of several labels/],
    [[...need('predict'), '--task', 'rank'], /--task: .*tiny-bert is a model of the task classify, .* not of rank/],
    [[...need('predict').slice(0, -1), './t.csv'], /--output: .\/t.csv is an input, which it would replace/],
    [[...need('predict'), '--separator', ','], /--separator: of lists, but .* gives none/],
    [
      ['predict', '--model', 'test/fixtures/tiny-bert', '--input', 't.txt', '--output', 'o.csv', '--keep', 'id'],
      /--keep: id: of tables, but the files are \.txt/,
    ],
    [[...need('predict').slice(0, -1), 'o.txt'], /--output: o.txt is for tags/],
    [[...need('predict').slice(0, -1), 'o.xml'], /--output: expected a file ending in .jsonl, .csv, .parquet/],
    [[...need('predict').slice(0, -1), 'o.jsonl', '--separator', ','], /--separator: of a .csv file/],
    [['profile'], /--table <files...>' not specified/],
    [[...need('profile'), '--bins', '5'], /--bins: of --against/],
    [[...need('profile'), '--html', 'p.pdf'], /--html: expected a file ending in .html but received p.pdf/],
    [[...need('profile'), '--correlations', '-1'], /Expected a natural number/],
  ])('kindred %j', async (args, reason) => {
    const { code, stdout, stderr } = await kindred(args)
    expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(reason)
  })
})
