import { describe, expect, it } from 'vitest'
import { ALGORITHMS, MODELS } from '#lib/models/registry.js'
import { kindred } from './run.js'

const need = (command: string) => {
  const options: Record<string, string[]> = {
    embed: ['--encoder', 'e', '--items', 'i', '--id', 'id', '--text', '{t}', '--out', 'o'],
    train: ['--interactions', 'l.csv', '--user', 'u', '--item', 'i', '--out', 'o'],
    evaluate: ['--model', 'm'],
    recommend: ['--model', 'm'],
    similar: ['--model', 'm', '--item', '1'],
  }
  return [command, ...options[command]!]
}

describe('help', () => {
  const COMMANDS = ['quickstart', 'distill', 'embed', 'train', 'evaluate', 'recommend', 'similar']
  it.each(COMMANDS)('kindred %s --help', async (command) => {
    const { code, stdout, stderr } = await kindred([command, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(`Usage: kindred ${command}`)
    expect(stdout).toMatch('--json')
  })

  it('kindred --help tells the commands and the exit codes; --version the version', async () => {
    const { code, stdout } = await kindred(['--help'])
    expect(code).toBe(0)
    for (const part of [...COMMANDS, 'Exit codes']) expect(stdout).toMatch(part)
    expect(await kindred(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) })
  })
})

describe('kindred train --help', () => {
  it('gives the options of each algorithm with their true defaults', async () => {
    const text = (await kindred(['train', '--help'])).stdout.replaceAll(/\s+/g, ' ')
    const options =
      'factors,regularization,learningRate,alpha,l1Ratio,beta,iterations,seed,neighbors,similarity,weighting,shrinkage'
    for (const name of options.split(',')) {
      const line = text.split(` --${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} <`)[1]!
      const groups = [
        ...line
          .split(' --')[0]!
          .split('default: ')[1]!
          .matchAll(/([\w.]+) \(([A-Z][\w, ]+)\)/g),
      ]
      const documented = new Map(
        groups.flatMap(([, value, owners]) => owners!.split(', ').map((owner) => [owner, value])),
      )
      const actual = ALGORITHMS.map((owner) => [owner, new MODELS[owner]().options] as const)
        .filter(([, defaults]) => name in defaults)
        .map(([owner, defaults]) => [owner, String((defaults as Record<string, unknown>)[name])] as const)
      expect(documented, name).toEqual(new Map(actual))
    }
  })
})

describe('wrong usage: exit code 2, the reason on standard error', () => {
  it.each<[string[], RegExp]>([
    [[], /Usage: kindred/],
    [['foo'], /unknown command 'foo'/],
    [['train'], /--interactions <file>' not specified/],
    [[...need('train'), '--fators', '3'], /unknown option '--fators'/],
    [[...need('train'), '--factors', 'NaN'], /--factors .*'NaN' is invalid/],
    [[...need('train'), '--factors', '1.5'], /'1.5' is invalid. Expected a natural number/],
    [[...need('train'), '--alpha', 'Infinity'], /'Infinity' is invalid/],
    [[...need('train'), '--split', 'half'], /Allowed choices are leave-last-out, time, random, cold-items, none/],
    [
      [...need('train'), '--fraction', '0.5'],
      /--fraction: of --split time, random and cold-items, but --split is none/,
    ],
    [[...need('train'), '--split', 'leave-last-out', '--fraction', '0.5'], /but --split is leave-last-out/],
    [[...need('train'), '--split', 'time', '--split-seed', '3'], /--split-seed: of --split random and cold-items/],
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
    [[...need('recommend')], /expected either --user or --history/],
    [[...need('recommend'), '--user', '1', '--history', '2'], /expected either --user or --history/],
    [[...need('embed'), '--dtype', 'fp12'], /Allowed choices are fp32/],
    [[...need('embed'), '--pooling', 'min'], /Allowed choices are mean/],
    [[...need('similar'), '--k', ''], /is invalid/],
  ])('kindred %j', async (args, reason) => {
    const { code, stdout, stderr } = await kindred(args)
    expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(reason)
  })
})
