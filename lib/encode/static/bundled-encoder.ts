import { join } from 'node:path'
import { packageRoot } from '../../native/addon.js'

/** The encoder that comes with the package: all-MiniLM-L6-v2 distilled to 256 dimensions; see its MODEL_CARD.md. */
export const BUNDLED_ENCODER = join(packageRoot, 'assets', 'encoder')
