// A service in a thread of its own, on the model of a folder.
import { parentPort, workerData } from 'node:worker_threads'
import { loadModel, RecommendationServer } from 'kindred'

const { folder, cachedLists } = workerData
const server = await RecommendationServer.start({ model: await loadModel(folder), cachedLists })
parentPort.postMessage(server.url)
parentPort.once('message', async () => {
  await server.close()
  parentPort.close()
})
