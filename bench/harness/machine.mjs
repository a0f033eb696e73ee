import { cpus, totalmem } from 'node:os'
import { backendInfo } from '../../dist/index.mjs'

/** What a table was measured on. */
export function machine() {
  const { isa, threads } = backendInfo()
  const [{ model }] = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: model.trim(),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    isa: isa.name,
    threads: threads.count,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
  }
}

/** The same in a line. */
export const machineLine = (m) =>
  `${m.date}: ${m.processor}, ${m.cores} cores, ${m.memoryGiB} GiB, ${m.platform}, Node.js ${m.node}; kindred on ${m.isa}, ${m.threads} threads.`
