import { describe, expect, it } from 'vitest'
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
    [[...need('train'), '--algorithm', 'popularity', '--factors', '3'], /--factors: an option of --algorithm als/],
    [[...need('train'), '--algorithm', 'item-knn', '--factors', '3'], /--factors: an option of --algorithm als/],
    [
      [...need('train'), '--neighbors', '3'],
      /--neighbors: an option of --algorithm item-knn, user-knn, slim, p3alpha and rp3beta only/,
    ],
    [[...need('train'), '--algorithm', 'user-knn', '--similarity', 'dot'], /Allowed choices are cosine, jaccard/],
    [[...need('train'), '--algorithm', 'content'], /expected --items/],
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
