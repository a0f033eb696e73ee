// The process that tries the driver and the CUDA kernels before the service trusts them. It ends by itself, whatever
// becomes of its parent: by an alarm if it hangs.
import { addon } from './addon.js'
import type { ProbeAnswer } from './cuda-probe.js'

/** What its parent is given to end it, in seconds. */
const GRACE = 5

function probe(): ProbeAnswer {
  const [library, seconds] = process.argv.slice(2) as [string, string]
  try {
    addon().cudaProbe(library, Number(seconds) + GRACE)
    return { failure: undefined }
  } catch (error) {
    return { failure: (error as Error).message }
  }
}

process.on('disconnect', () => process.exit(0))
// The callback takes the error of a closed channel; the parent has gone.
process.send?.(probe(), undefined, undefined, () => {})
