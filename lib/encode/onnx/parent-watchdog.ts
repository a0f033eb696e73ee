// A thread of the encoder's process that holds the pipe to the parent as stdin. When the pipe ends, the parent has gone
// (or disposed of the encoder), and the process goes too, though its main thread may be inside a long run of the model,
// where it sees neither message nor disconnect.
import { Socket } from 'node:net'

/** What the main thread is given to leave by itself, in milliseconds. */
const GRACE = 1000

const parentPipe = new Socket({ fd: 0, readable: true, writable: false })
parentPipe.on('error', () => {})
parentPipe.on('close', () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE))
parentPipe.resume()
