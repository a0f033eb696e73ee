// Each of four worker threads loads the addon and works; the process ends by itself.
import { isMainThread, Worker } from 'node:worker_threads'
import { Interactions } from 'kindred/data'
import { AlternatingLeastSquares } from 'kindred/models'

const rows = Array.from({ length: 400 }, (_, i) => ({ user: i % 40, item: (i * 7) % 30 }))
if (isMainThread)
  for (let i = 0; i < 4; i++)
    new Worker(new URL(import.meta.url)).on('error', (error) => {
      throw error
    })
else await new AlternatingLeastSquares({ factors: 8 }).fit(Interactions.from(rows))
