// Saves two things over each other, over and over: node save-for-ever.mjs KIND FOLDER TARGET
import { join } from 'node:path'
import { KINDS } from './saves.mjs'

const [kind, folder, target] = process.argv.slice(2)
const saved = await Promise.all([1, 0].map((n) => KINDS[kind].load(join(folder, `${kind}-${n}`))))
process.stdout.write('saving\n')
for (;;) for (const one of saved) await one.save(target)
