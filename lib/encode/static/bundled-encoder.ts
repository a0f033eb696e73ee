import { packageFile } from '../../native/package-file.js'

/** The folder of the encoder that comes with the package: all-MiniLM-L6-v2 distilled to 256 dimensions; see its MODEL_CARD.md. */
export const bundledEncoder = () => packageFile('assets', 'encoder')
