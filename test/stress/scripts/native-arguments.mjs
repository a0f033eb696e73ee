// Calls functions of the addon with awkward values in place of each argument, one at a time, and with arguments of sizes
// 0 and 1, and says before each call what it tries: `node native-arguments.mjs NAMES [CUDA LIBRARY]`, NAMES separated by
// commas; without arguments it prints the names that it knows. Every call must settle, in time once it is aborted, and
// fail with a known code.
import { writeSync } from 'node:fs'
import { CALLS, native, size } from './native-calls.mjs'

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.5,
  3,
  17,
  1e5,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e-300,
  1e300,
  -1e300,
  NaN,
  Infinity,
  -Infinity,
] // prettier-ignore
const OTHERS = [undefined, null, 'x', {}, [], true, 5n, Symbol('s'), () => {}]
const ELEMENTS = {
  Float32Array: [NaN, Infinity, -Infinity, 0, -1, 1e-45, 3.4e38, -3.4e38],
  Float64Array: [NaN, Infinity, 0, -1, 5e-324, 1e308],
  Int32Array: [0, -1, 1, 7, 2 ** 31 - 1, -(2 ** 31)],
  Uint8Array: [0, 255],
}

function* arraysLike(array) {
  const Type = array.constructor
  const elements = ELEMENTS[Type.name]
  for (const element of elements) {
    yield [`all ${element}`, new Type(array.length).fill(element)]
    for (const at of new Set([0, array.length >> 1, array.length - 1]))
      if (at in array) {
        const one = array.slice()
        one[at] = element
        yield [`${element} at ${at}`, one]
      }
  }
  yield ['empty', new Type(0)]
  yield ['shorter', array.slice(1)]
  yield ['longer', new Type(array.length + 1)]
  const detached = array.slice()
  structuredClone(detached, { transfer: [detached.buffer] })
  yield ['detached', detached]
  yield ['a proxy', new Proxy(array, {})]
  yield ['another type', Type === Int32Array ? new Float64Array(array.length) : new Int32Array(array.length)]
}

/** [how, value] of what comes in place of a value. */
function* insteadOf(value) {
  if (typeof value === 'number') for (const number of NUMBERS) yield [String(number), number]
  if (ArrayBuffer.isView(value)) yield* arraysLike(value)
  for (const other of OTHERS) yield [String(typeof other), other]
}

/** Paths to all that can be replaced. */
function* pathsOf(value, path) {
  if (path.length > 0) yield path
  if (value !== null && typeof value === 'object' && !ArrayBuffer.isView(value))
    for (const key of Object.keys(value)) yield* pathsOf(value[key], [...path, key])
}

const at = (args, path) => path.reduce((value, key) => value[key], args)

const KNOWN = [
  'ERR_VALUE',
  'ERR_SHAPE',
  'ERR_DUPLICATE',
  'ERR_TOO_LARGE',
  'ERR_OUT_OF_MEMORY',
  'ERR_NOT_POSITIVE_DEFINITE',
  'ERR_ABORTED',
  'ERR_DISPOSED',
  'ERR_DATA',
  'ERR_NOT_SUPPORTED',
  'ERR_DEVICE',
  'ERR_NOT_FINITE',
] // prettier-ignore
const PATIENCE = 300
let failures = 0

async function attempt(name, makeArgs, what) {
  writeSync(1, `${name} ${what}\n`)
  const flag = new native.AbortFlag()
  const timer = setTimeout(() => flag.raise(), PATIENCE)
  try {
    await native[name](...(await makeArgs()), flag)
  } catch (error) {
    if (!KNOWN.includes(error?.code)) {
      failures++
      writeSync(1, `FAILED: ${error?.code} ${error?.stack ?? error}\n`)
    }
  } finally {
    clearTimeout(timer)
  }
}

const [names, library] = process.argv.slice(2)
if (names === undefined) {
  writeSync(1, JSON.stringify(Object.keys(CALLS)))
  process.exit(0)
}
if (library) await native.cudaOpen(library)
for (const name of names.split(',')) {
  const plain = await CALLS[name]()
  await native[name](...plain) // what is right is taken
  for (const path of pathsOf(plain, []))
    for (const [how] of insteadOf(at(plain, path)))
      await attempt(
        name,
        async () => {
          const args = await CALLS[name]()
          const [, value] = [...insteadOf(at(args, path))].find(([each]) => each === how)
          at(args, path.slice(0, -1))[path.at(-1)] = value
          return args
        },
        `${path.join('.')}: ${how}`,
      )
}
for (const [which, usual] of Object.entries(size))
  for (const value of [0, 1]) {
    size[which] = value
    for (const name of names.split(',')) await attempt(name, CALLS[name], `${which}: ${value}`)
    size[which] = usual
  }
writeSync(1, failures === 0 ? 'done\n' : `${failures} failures\n`)
process.exit(failures === 0 ? 0 : 1)
