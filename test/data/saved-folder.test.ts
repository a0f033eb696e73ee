import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { withFolderLock } from '#lib/data/storage/folder-lock.js'
import { loadFolder, saveFolder } from '#lib/data/storage/saved-folder.js'

const KIND = { kind: 'test', stem: 'weights' }
const LOCK = '.kindred.lock'
const contents = (value: number) => ({
  config: { value },
  tensors: { x: { shape: [3], data: Float32Array.of(value, 2, 3) } },
})
const code = (expected: string, message?: RegExp) =>
  expect.objectContaining({ code: expected, ...(message && { message: expect.stringMatching(message) }) })

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The script of a save into `dir` of that value, as the first of so many numbers. */
const SAVE = (value: string, numbers: number) => `(async (value) =>
  require(${JSON.stringify(join(process.cwd(), 'dist/data/storage/saved-folder.js'))}).saveFolder(dir,
    { kind: 'test', stem: 'weights' },
    { config: { value }, tensors: { x: { shape: [${numbers}], data: new Float32Array(${numbers}).fill(value) } } }))(${value})`

let dir: string

/** A process that runs `script`, and how it ends. */
function run(script: string) {
  const child = execFile(process.execPath, ['-e', `const dir = process.argv[1]; ${script}`, dir])
  let output = ''
  child.stdout!.on('data', (text) => {
    output += text
  })
  const gone = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal, output })))
  return { process: child, gone }
}

const inDir = (name: string) => join(dir, name)
const weightsOf = () => inDir(readdirSync(dir).find((name) => name.endsWith('.safetensors'))!)
const patchConfig = (patch: object) =>
  writeFileSync(
    inDir('config.json'),
    JSON.stringify({ ...JSON.parse(readFileSync(inDir('config.json'), 'utf8')), ...patch }),
  )

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'kindred-')), "a folder's name ☕")
})
afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }))

describe('saveFolder', () => {
  it('replaces an older save and leaves nothing behind', async () => {
    await saveFolder(dir, KIND, contents(1))
    await saveFolder(dir, KIND, contents(2))
    const { config, tensors } = await loadFolder(dir, KIND)
    expect(config).toMatchObject({ value: 2, format: 'kindred-test', version: 1 })
    expect([...tensors.vector('x', Float32Array)]).toEqual([2, 2, 3])
    expect(readdirSync(dir)).toHaveLength(2)
  })

  it('removes what a killed save left, and keeps what is not its own', async () => {
    mkdirSync(dir)
    const dead = (await promisify(execFile)(process.execPath, ['-p', 'process.pid'])).stdout.trim()
    await saveFolder(dir, KIND, contents(1))
    const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
    for (const name of [
      `.kindred-${host}-${dead}-abc.tmp`,
      `.kindred-${host}-${process.pid}-abc.tmp`,
      'weights-notes.txt',
      'weights-0123456789abcdef.safetensors',
      'other-0123456789abcdef.safetensors',
    ])
      writeFileSync(inDir(name), 'x')
    mkdirSync(inDir(LOCK))
    const longAgo = Date.now() / 1000 - 11
    utimesSync(inDir(LOCK), longAgo, longAgo)
    await saveFolder(dir, KIND, contents(2))
    expect(readdirSync(dir).filter((name) => !/^weights-.*safetensors$/.test(name))).toEqual([
      `.kindred-${host}-${process.pid}-abc.tmp`,
      'config.json',
      'other-0123456789abcdef.safetensors',
      'weights-notes.txt',
    ])
    expect((await loadFolder(dir, KIND)).config.value).toBe(2)
  })

  it('refuses a file, a foreign config.json and a save of another kind, and damages none', async () => {
    writeFileSync(dir, 'mine')
    await expect(saveFolder(dir, KIND, contents(1))).rejects.toThrow(code('ERR_IO', /not a folder/))
    expect(readFileSync(dir, 'utf8')).toBe('mine')
    rmSync(dir)
    mkdirSync(dir)
    for (const config of ['{"model_type":"bert"}', 'null', '{', '{"format":"kindred-other"}']) {
      writeFileSync(inDir('config.json'), config)
      await expect(saveFolder(dir, KIND, contents(1))).rejects.toThrow(code('ERR_IO', /overwrite/))
      expect(readFileSync(inDir('config.json'), 'utf8')).toBe(config)
      expect(readdirSync(dir)).toEqual(['config.json'])
    }
  })

  it('leaves the older save whole when a save fails or is aborted', async () => {
    await saveFolder(dir, KIND, contents(1))
    const before = readdirSync(dir)
    await expect(saveFolder(dir, KIND, contents(2), { signal: AbortSignal.abort() })).rejects.toThrow(
      code('ERR_ABORTED'),
    )
    const circular: Record<string, unknown> = {}
    circular.self = circular
    await expect(saveFolder(dir, KIND, { ...contents(2), config: circular })).rejects.toThrow(code('ERR_IO'))
    const ragged = { x: { shape: [4], data: Float32Array.of(1, 2, 3) } }
    await expect(saveFolder(dir, KIND, { config: {}, tensors: ragged })).rejects.toThrow(code('ERR_SHAPE'))
    expect(readdirSync(dir)).toEqual(before)
    expect((await loadFolder(dir, KIND)).config.value).toBe(1)
  })

  it('keeps one of many saves at once, loadable at every moment', async () => {
    await saveFolder(dir, KIND, contents(0))
    let saving = true
    const saves = Promise.all(Array.from({ length: 20 }, (_, i) => saveFolder(dir, KIND, contents(i % 5)))).finally(
      () => {
        saving = false
      },
    )
    while (saving) {
      const { config, tensors } = await loadFolder(dir, KIND)
      expect(tensors.vector('x', Float32Array)[0]).toBe(config.value)
    }
    await saves
    expect(readdirSync(dir)).toHaveLength(2)
  })

  it('waits for a save that holds the lock', async () => {
    await saveFolder(dir, KIND, contents(1))
    mkdirSync(inDir(LOCK))
    const save = saveFolder(dir, KIND, contents(2))
    await pause(300)
    expect((await loadFolder(dir, KIND)).config.value).toBe(1)
    rmdirSync(inDir(LOCK))
    await save
    expect((await loadFolder(dir, KIND)).config.value).toBe(2)
    expect(readdirSync(dir)).toHaveLength(2)
  })

  it('serves processes and worker threads that save at once', async () => {
    const saves = `
      const save = async () => { for (let i = 1; i <= 10; i++) await ${SAVE('i', 100)} }
      const { Worker, isMainThread } = require('node:worker_threads')
      if (isMainThread) new Worker(__filename)
      save()`
    const script = join(dir, '..', 'saves.cjs')
    writeFileSync(script, `const dir = ${JSON.stringify(dir)};${saves}`)
    await Promise.all([1, 2, 3].map(() => promisify(execFile)(process.execPath, [script])))
    const { config, tensors } = await loadFolder(dir, KIND)
    expect([config.value, tensors.vector('x', Float32Array)[0]]).toEqual([10, 10])
    expect(readdirSync(dir)).toHaveLength(2)
  })

  it('survives savers killed at any moment', async () => {
    await saveFolder(dir, KIND, contents(0))
    for (let round = 0; round < 8; round++) {
      const child = run(`let i = 0; const next = () => ${SAVE('++i', 50_000)}.then(next); next()`)
      await pause(120 + round * 7)
      child.process.kill('SIGKILL')
      await child.gone
      const { config, tensors } = await loadFolder(dir, KIND)
      expect(tensors.vector('x', Float32Array)[0]).toBe(config.value)
    }
    await saveFolder(dir, KIND, contents(3))
    expect(readdirSync(dir)).toHaveLength(2)
  })

  it('throws where the process stood still so long that another save may have taken over', async () => {
    await saveFolder(dir, KIND, contents(1))
    await withFolderLock(dir, async (checkHeld) => checkHeld())
    const later = Date.now() + 6000
    const clock = vi.spyOn(Date, 'now')
    const stalled = withFolderLock(dir, async (checkHeld) => {
      clock.mockReturnValue(later)
      checkHeld()
    })
    await expect(stalled)
      .rejects.toEqual(code('ERR_IO'))
      .finally(() => clock.mockRestore())
  })

  it('leaves no lock behind where the process ends by itself in the midst of a save', async () => {
    await saveFolder(dir, KIND, contents(1))
    const lock = JSON.stringify(join(process.cwd(), 'dist/data/storage/folder-lock.js'))
    const child = run(`require(${lock}).withFolderLock(dir, () => {
      console.log(require('node:fs').readdirSync(dir).includes('${LOCK}'))
      process.exit()
    })`)
    expect(await child.gone).toEqual({ code: 0, signal: null, output: 'true\n' })
    expect(readdirSync(dir)).toHaveLength(2)
  })

  it.each([
    ['ends the process as ever', '', { signal: 'SIGTERM', code: null, output: '' }],
    [
      'leaves a handler that is registered once the time that it takes',
      "process.once('SIGTERM', () => setTimeout(() => { console.log('done'); process.exit(7) }, 100));",
      { signal: null, code: 7, output: 'done\n' },
    ],
  ])('changes nothing about signals: one that comes after a save %s', async (_, handler, expected) => {
    const child = run(
      `${handler} ${SAVE('1', 10)}.then(() => { setInterval(() => {}, 1000); process.kill(process.pid, 'SIGTERM') })`,
    )
    expect(await child.gone).toEqual(expected)
  })
})

describe('loadFolder', () => {
  beforeEach(() => saveFolder(dir, KIND, contents(1)))

  it.each<[string, () => void, RegExp]>([
    ['is missing', () => rmSync(dir, { recursive: true }), /no such folder/],
    ['holds no config.json', () => rmSync(inDir('config.json')), /holds no config.json/],
    ['holds a broken config.json', () => truncateSync(inDir('config.json'), 20), /not JSON/],
    ['is of another kind', () => patchConfig({ format: 'kindred-other' }), /"kindred-test".*"kindred-other"/],
    ['is newer', () => patchConfig({ version: 2 }), /version 2; this release reads up to version 1/],
    ['has no version', () => patchConfig({ version: '1' }), /damaged/],
    ['names weights elsewhere', () => patchConfig({ weights: { file: '../x.safetensors' } }), /damaged/],
    ['has lost its weights', () => rmSync(weightsOf()), /is missing/],
    ['has truncated weights', () => truncateSync(weightsOf(), statSync(weightsOf()).size - 1), /truncated/],
    [
      'has altered weights',
      () => {
        const bytes = readFileSync(weightsOf())
        bytes[bytes.length - 1]! ^= 1
        writeFileSync(weightsOf(), bytes)
      },
      /altered/,
    ],
    ['has longer weights', () => writeFileSync(weightsOf(), 'x', { flag: 'a' }), /follow the last tensor|altered/],
  ])('refuses a folder that %s', async (_, damage, message) => {
    damage()
    await expect(loadFolder(dir, KIND)).rejects.toThrow(code('ERR_MODEL_FILE', message))
  })

  it('refuses a file in the place of a folder', async () => {
    expect(existsSync(weightsOf())).toBe(true)
    await expect(loadFolder(weightsOf(), KIND)).rejects.toThrow(code('ERR_MODEL_FILE', /not a folder/))
  })

  it('checks names, types and sizes of tensors', async () => {
    const { tensors } = await loadFolder(dir, KIND)
    expect(() => tensors.vector('y', Float32Array)).toThrow(code('ERR_MODEL_FILE', /no tensor "y"/))
    expect(() => tensors.vector('x', Int32Array)).toThrow(code('ERR_MODEL_FILE', /Int32Array/))
    expect(() => tensors.vector('x', Float32Array, 4)).toThrow(code('ERR_MODEL_FILE', /expected 4/))
    expect(() => tensors.matrix('x')).toThrow(code('ERR_MODEL_FILE', /2 dimensions/))
  })
})
