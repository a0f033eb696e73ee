import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { emulatedGpu, emulatedLibrary, runScript } from '../support/emulated-cuda.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-probe-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** What 'cuda' and 'auto' do on such a machine, and what backendInfo says before, between and after. */
const ASK = `
tell(kindred.backendInfo().cuda)
tell(await caught(kindred.DeviceMatrix.upload(numbers(2, 3))))
const index = await kindred.SimilarityIndex.build(numbers(20, 4), { device: 'auto' })
tell([...(await index.search(numbers(1, 4), { k: 2 })).indices])
tell(kindred.backendInfo().cuda)
`

async function ask(env: Record<string, string>) {
  const { code, signal, stderr, reported } = await runScript(ASK, env)
  expect({ code, signal }, stderr).toEqual({ code: 0, signal: null })
  const [before, error, list, after] = reported as [Record<string, unknown>, Record<string, string>, number[], unknown]
  expect(before).toMatchObject({ state: 'not probed', available: false, device: null })
  expect(list).toHaveLength(2)
  return { error, after, stderr }
}

it('the emulated library is built: npm run build:test-fixtures', () => {
  expect(existsSync(emulatedLibrary)).toBe(true)
})

describe('a machine with a GPU', () => {
  it('is found out once, and reported', async () => {
    const { error, after, stderr } = await ask({ ...emulatedGpu, KINDRED_CUDA_MEMORY: '0.5GiB' })
    expect(error).toBeNull()
    expect(after).toEqual({
      state: 'available',
      available: true,
      reason: expect.stringContaining('a driver answers'),
      device: {
        name: 'emulated on the host',
        computeCapability: '8.0',
        driver: '13.0',
        memory: 2 ** 30,
        limit: 2 ** 29,
        library: emulatedLibrary,
      },
      fallbacks: 0,
      lastFallback: null,
    })
    expect(stderr).toBe('')
  })
})

const built = join(__dirname, '..', '..', 'build', 'cuda', 'libkindred_cuda.so')

describe("a machine without a library: 'auto' takes the CPU quietly, 'cuda' says what to do", () => {
  const expectQuiet = async (env: Record<string, string>, message: RegExp) => {
    const { error, after, stderr } = await ask(env)
    expect(error).toEqual({ code: 'ERR_DEVICE', message: expect.stringMatching(message) })
    expect(after).toMatchObject({ state: 'unavailable', reason: expect.stringMatching(message) })
    expect(stderr).toBe('')
  }

  it.skipIf(existsSync(built))('where it was not built', () =>
    expectQuiet({}, /no libkindred_cuda\.so .* npm run build:cuda .* KINDRED_CUDA_LIBRARY/),
  )

  it('where it is not what KINDRED_CUDA_LIBRARY names', () =>
    expectQuiet({ KINDRED_CUDA_LIBRARY: '/none.so' }, /names \/none\.so, which does not exist\. Name a /))
})

it('a relative KINDRED_CUDA_LIBRARY is one of the working directory, not of the linker', async () => {
  const { reported } = await runScript('tell(await caught(kindred.DeviceMatrix.upload(numbers(2, 3))))', {
    ...emulatedGpu,
    KINDRED_CUDA_LIBRARY: relative(process.cwd(), emulatedLibrary),
  })
  expect(reported).toEqual([null])
  const none = await runScript('tell(await caught(kindred.DeviceMatrix.upload(numbers(2, 3))))', {
    KINDRED_CUDA_LIBRARY: 'libc.so.6',
  })
  expect(none.reported).toEqual([
    { code: 'ERR_DEVICE', message: expect.stringContaining(`${join(process.cwd(), 'libc.so.6')}, which does not`) },
  ])
})

it("'cuda' alone warns of nothing: its error says it all", async () => {
  const { reported, stderr } = await runScript('tell(await caught(kindred.DeviceMatrix.upload(numbers(2, 3))))', {
    ...emulatedGpu,
    KINDRED_FAKE_DRIVER: 'old',
  })
  expect(reported).toEqual([{ code: 'ERR_DEVICE', message: expect.stringContaining('too old') }])
  expect(stderr).toBe('')
})

describe.skipIf(!existsSync(built))('the real library', () => {
  it('is found where npm run build:cuda puts it, and not opened without a driver', async () => {
    const { error } = await ask({ LD_LIBRARY_PATH: dir })
    expect(error).toEqual({ code: 'ERR_DEVICE', message: expect.stringMatching(/no NVIDIA driver/) })
  })

  it('tells of a driver that is none', async () => {
    const { error } = await ask({ LD_LIBRARY_PATH: emulatedGpu.LD_LIBRARY_PATH })
    expect(error).toEqual({ code: 'ERR_DEVICE', message: expect.stringMatching(/looking for devices: .*CUDA/) })
  })
})

describe("a machine whose driver or library is broken: 'auto' takes the CPU and warns, 'cuda' says what to do", () => {
  const none = join(dir, 'no-table.so')
  copyFileSync(join(emulatedGpu.LD_LIBRARY_PATH, 'libcuda.so.1'), none)
  it.each<[string, Record<string, string>, RegExp]>([
    ['no driver', { LD_LIBRARY_PATH: dir }, /no NVIDIA driver: .*libcuda\.so\.1.* version 580/],
    ['an old driver', { KINDRED_FAKE_DRIVER: 'old' }, /too old: it offers CUDA 12\.4, needed is CUDA 13\.0, .* 580/],
    ['no device', { KINDRED_FAKE_DRIVER: 'no-device' }, /no CUDA device is visible .* CUDA_VISIBLE_DEVICES/],
    ['a driver that fails', { KINDRED_FAKE_DRIVER: 'broken' }, /does not start \(CUDA error 999\)/],
    ['a crash', { KINDRED_EMULATED_CUDA: 'crash' }, /took it down \(SIGSEGV\)/],
    ['a hang', { KINDRED_EMULATED_CUDA: 'hang', KINDRED_CUDA_PROBE_SECONDS: '1' }, /did not answer within 1 seconds/],
    ['a wrong answer', { KINDRED_EMULATED_CUDA: 'wrong-answer' }, /computes wrongly/],
    ['another version', { KINDRED_EMULATED_CUDA: 'other-version' }, /version 0, needed is 1\). .* npm run build:cuda/],
    [
      'a library that refuses',
      { KINDRED_EMULATED_CUDA: 'refuses' },
      /another version of kindred\. .* npm run build:cuda/,
    ],
    ['an old device', { KINDRED_EMULATED_CUDA: 'unsupported' }, /compute capability 8\.0/],
    ['another library', { KINDRED_CUDA_LIBRARY: none }, /no library of kindred's CUDA kernels/],
    ['no library at all', { KINDRED_CUDA_LIBRARY: __filename }, /does not open/],
    ['an illegal limit', { KINDRED_CUDA_MEMORY: '8GB' }, /KINDRED_CUDA_MEMORY: expected .* received "8GB"/],
    ['an illegal time', { KINDRED_CUDA_PROBE_SECONDS: 'x' }, /KINDRED_CUDA_PROBE_SECONDS: expected .* received "x"/],
  ])('%s', async (_, env, message) => {
    const { error, after, stderr } = await ask({ ...emulatedGpu, ...env })
    expect(error).toEqual({ code: 'ERR_DEVICE', message: expect.stringMatching(message) })
    expect(after).toMatchObject({ state: 'unavailable', available: false, reason: expect.stringMatching(message) })
    expect(stderr.match(/\[KINDRED_DEVICE\] KindredWarning/g)).toHaveLength(1)
  })
})
