// The files for Docker beside the example: what can be said of them without it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { kindred } from '../../cli/run.js'

const folder = 'examples/realtime-shop'
const read = (name: string) => readFileSync(join(folder, name), 'utf8')

/** The instructions of a Dockerfile, lines that end in a backslash joined. */
const instructions = read('Dockerfile')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => /^(\S+)\s+(.*)$/.exec(line)!.slice(1, 3) as [string, string])

describe('the Dockerfile', () => {
  it('has instructions that there are, from an image with a tag', () => {
    const legal = ['FROM', 'ENV', 'WORKDIR', 'RUN', 'COPY', 'USER', 'EXPOSE', 'HEALTHCHECK', 'STOPSIGNAL', 'CMD']
    expect(instructions.filter(([name]) => !legal.includes(name))).toEqual([])
    expect(instructions[0]).toEqual(['FROM', expect.stringMatching(/^node:\d+-[a-z-]+$/)])
  })

  it('does not run as root, and starts a command that takes its options', async () => {
    const names = instructions.map(([name]) => name)
    expect(names.lastIndexOf('USER')).toBeLessThan(names.indexOf('CMD'))
    const command = JSON.parse(instructions.at(-1)![1]) as string[]
    expect(command.slice(0, 3)).toEqual(['node', 'node_modules/kindred/dist/cli/main.js', 'serve'])
    const { stdout } = await kindred(['serve', '--help'])
    const options = command.filter((part) => part.startsWith('--'))
    expect(options.length).toBeGreaterThan(3)
    for (const option of options) expect(stdout).toContain(`${option} `)
    const check = instructions.find(([name]) => name === 'HEALTHCHECK')![1]
    const [program, ...rest] = JSON.parse(check.slice(check.indexOf('['))) as string[]
    expect(program).toBe('node')
    expect(() => new Function(rest.at(-1)!)).not.toThrow()
  })
})

describe('compose.yaml', () => {
  const { services, volumes } = parse(read('compose.yaml')) as {
    services: Record<string, { image?: string; build?: string; volumes: string[]; ports: string[]; command?: string[] }>
    volumes: Record<string, null>
  }

  it('names an image with a tag or a folder to build, and volumes that it declares', () => {
    expect(Object.keys(services)).toEqual(['recommendations', 'valkey'])
    for (const { image, build, volumes: mounted, ports } of Object.values(services)) {
      expect(build ?? image).toMatch(/^\.$|^[\w/]+:[\w.-]+$/)
      for (const mount of mounted.filter((one) => !one.startsWith('${')))
        expect(Object.keys(volumes)).toContain(mount.split(':')[0])
      // Nothing is open to other machines.
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/)
    }
  })

  it('mounts what the command of the image reads', () => {
    const command = JSON.parse(instructions.at(-1)![1]) as string[]
    const targets = services.recommendations!.volumes.map((mount) => /:(\/\w+)(:ro)?$/.exec(mount)![1])
    for (const option of ['--model', '--events']) expect(targets).toContain(command[command.indexOf(option) + 1])
  })
})
