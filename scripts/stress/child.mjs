// Cases of one kind in a process of their own, which tells its parent of each: node child.mjs KIND SEED FIRST COUNT FOLDER
import { randomOf } from './random.mjs'

const [name, seed, first, count, folder] = process.argv.slice(2)
const kind = await import(`./${name}.mjs`)
const tell = (message) => new Promise((resolve) => process.send(message, resolve))

const state = await kind.prepare(folder, Number(count))
for (let number = Number(first); number < Number(first) + Number(count); number++) {
  await tell({ begins: number })
  await kind.run(state, randomOf(seed, number), number).catch((error) => tell({ fault: error.stack, number }))
}
try {
  await tell({ done: (await kind.finish?.(state, Number(count))) ?? '' })
} catch (error) {
  await tell({ fault: error.stack })
  await tell({ done: '' })
}
process.disconnect()
