import * as kindred from 'kindred'
import { describe, expect, it } from 'vitest'
import { nearestSpelling, spellingDistance } from '#lib/native/nearest-spelling.js'
import { type PublicCall, publicCalls } from './public-calls.js'

const values = kindred as unknown as Record<string, (new (...args: unknown[]) => object) & Record<string, unknown>>

// Types alone, such as the base classes, cannot be called; their subclasses are.
const calls = publicCalls().filter(({ owner }) => owner in values)
const withOptions = calls.filter(
  // Those of an error are the options of every Error.
  ({ owner, overloads }) => owner !== 'KindredError' && overloads.some(({ options }) => options !== undefined),
)

/** Where what comes before the options decides which options there are. */
const BEFORE: Record<string, unknown[]> = { 'Interactions.from': [[]] }
/** Options without which there is nothing to check. */
const NEEDED: Record<string, object> = {
  'Interactions#split': { by: 'random' },
  'Interactions#splitAsync': { by: 'random' },
  'Table#split': { by: 'random' },
  'Table#splitAsync': { by: 'random' },
}

/** Calls whose options depend on one of them, or on what comes before. */
const DEPENDS = new Set([...Object.keys(BEFORE), ...Object.keys(NEEDED), 'Interactions.read'])

/** What the call throws or rejects with when it is given these options, and undefined for all before them. */
async function errorOf(call: PublicCall, options: unknown): Promise<unknown> {
  const at = call.overloads.find((overload) => overload.options !== undefined)!.parameters.indexOf('options')
  const args = BEFORE[call.name] ?? new Array(at).fill(undefined)
  const Class = values[call.owner]!
  try {
    if (call.kind === 'new') new Class(...args, options)
    else {
      const owner = call.kind === 'method' ? Object.create(Class.prototype) : call.kind === 'static' ? Class : kindred
      await owner[call.method](...args, options)
    }
  } catch (error) {
    return error
  }
  return undefined
}

const declared = ({ overloads }: PublicCall) => [...new Set(overloads.flatMap(({ options = [] }) => options))].sort()

describe('what dist declares', () => {
  it('is found', () => {
    expect(calls.length).toBeGreaterThan(250)
    expect(withOptions.length).toBeGreaterThan(150)
    expect(declared(calls.find(({ name }) => name === 'EASE#fit')!)).toEqual(['itemFeatures', 'onProgress', 'signal'])
  })

  it('calls a parameter of options by that name', () => {
    const others = calls.flatMap(({ name, overloads }) =>
      overloads.flatMap(({ parameters, types }) =>
        parameters.flatMap((parameter, i) =>
          /Options\b|^\{ /.test(types[i]!) && parameter !== 'options' ? [`${name}: ${parameter}`] : [],
        ),
      ),
    )
    expect(others).toEqual([])
  })

  it('takes a signal wherever it gives a promise', () => {
    const without = calls.flatMap(({ name, overloads }) =>
      overloads.some(({ isPromise, options }) => isPromise && !options?.includes('signal')) ? [name] : [],
    )
    expect(without).toEqual([])
  })
})

describe('an option that is not known is refused, before anything else is looked at, by', () => {
  it.each(withOptions.map((call) => [call.name, call] as const))('%s', async (name, call) => {
    const needed = NEEDED[name] ?? {}
    const error = await errorOf(call, { ...needed, nonsensical: 1 })
    expect(error).toBeInstanceOf(kindred.KindredError)
    expect(error).toMatchObject({ code: 'ERR_VALUE' })
    const legal = /unknown option "nonsensical"\. Legal options: (.*)\.$/.exec((error as Error).message)?.[1]
    expect(legal, (error as Error).message).toBeDefined()
    const listed = legal === 'none' ? [] : legal!.split(', ').sort()
    if (DEPENDS.has(name)) expect(declared(call)).toEqual(expect.arrayContaining(listed))
    else expect(listed).toEqual(declared(call))
    for (const option of listed.filter(({ length }) => length > 3)) {
      const swapped = `${option.slice(0, 2)}${option[3]}${option[2]}${option.slice(4)}`
      if (listed.includes(swapped)) continue
      const { message } = (await errorOf(call, { ...needed, [swapped]: 1 })) as Error
      const meant = /Did you mean "(\w+)"\?/.exec(message)?.[1]
      // Two letters of 'item' swapped are 'time' with two letters swapped.
      expect(spellingDistance(swapped, meant ?? ''), message).toBe(spellingDistance(swapped, option))
    }
    for (const none of [null, 5, 'k', [1]]) expect(await errorOf(call, none)).toMatchObject({ code: 'ERR_VALUE' })
    if (listed.includes('signal'))
      expect(await errorOf(call, { ...needed, signal: 5 })).toMatchObject({
        code: 'ERR_VALUE',
        message: 'signal: expected an AbortSignal but received 5.',
      })
    if (listed.includes('onProgress'))
      expect(await errorOf(call, { ...needed, onProgress: 5 })).toMatchObject({
        code: 'ERR_VALUE',
        message: 'onProgress: expected a function but received 5.',
      })
  })
})

describe('options that depend on others', () => {
  const log = kindred.Interactions.from([{ user: 1, item: 2, time: 3 }])
  async function* rows() {
    yield { user: 1, item: 2 }
  }
  it.each<[string, () => unknown, RegExp]>([
    ['from a list', () => kindred.Interactions.from([], { signal: new AbortController().signal } as never), /"signal"/],
    ['from a stream', () => kindred.Interactions.from(rows(), { singal: 1 } as never), /mean "signal"/],
    ['split by time', () => log.split({ by: 'time', at: 3, fraction: 0.5 } as never), /at and fraction/],
    ['split by time, with a seed', () => log.split({ by: 'time', seed: 1 } as never), /unknown option "seed"/],
    ['split without by', () => log.split({ fraction: 0.5 } as never), /by: expected one of/],
    ['the bundled encoder', () => kindred.loadEmbedder(undefined, { dtpye: 1 } as never), /mean "dtype"/],
    ['the bundled encoder', () => kindred.loadEmbedder(undefined, { dtype: 'fp16' }), /dtype: of folders with/],
    ['the bundled encoder', () => kindred.TextEmbedder.load(undefined, { threads: 2 } as never), /threads: of folders/],
    ['a static encoder', () => kindred.loadEmbedder('assets/encoder', { dtype: 'int8' }), /dtype: of folders with/],
    [
      'a CSV file',
      () => kindred.Interactions.read('l.csv', { user: 'u', item: 'i', firstField: 'user' } as never),
      /"firstField"/,
    ],
    ['an .npy file', () => kindred.Matrix.read('m.npy', { tensor: 'm' }), /tensor: of \.safetensors files/],
    ['an .npy file', () => new kindred.Matrix(1, 1).write('m.npy', { tensor: 'm' }), /tensor: of \.safetensors files/],
  ])('of %s are refused where they do nothing: %s', async (_, call, message) => {
    await expect((async () => call())()).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringMatching(message),
    })
  })
})

describe('the nearest spelling', () => {
  it('is a letter or two away', () => {
    expect(nearestSpelling('dtpye', ['dtype', 'threads', 'signal'])).toBe('dtype')
    expect(nearestSpelling('learning-rate', ['learningRate', 'beta'])).toBe('learningRate')
    expect(nearestSpelling('lambda', ['regularization', 'maxBytes'])).toBeUndefined()
    expect(nearestSpelling('x', [])).toBeUndefined()
  })

  it('counts changes as the dynamic programme by recursion does', () => {
    const plain = (a: string, b: string): number => {
      if (a === '' || b === '') return a.length + b.length
      const rest = [plain(a.slice(1), b) + 1, plain(a, b.slice(1)) + 1]
      rest.push(plain(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1))
      if (a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0]) rest.push(plain(a.slice(2), b.slice(2)) + 1)
      return Math.min(...rest)
    }
    for (const [a, b] of ['/', 'k/K', 'abc/cab', 'dtpye/dtype', 'signal/singal', 'kitten/sitin', 'ab/ba'].map((pair) =>
      pair.split('/'),
    ))
      expect(spellingDistance(a!, b!), `${a} ${b}`).toBe(plain(a!, b!))
  })
})
