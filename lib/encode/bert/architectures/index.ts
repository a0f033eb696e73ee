import { show } from '../../../native/errors.js'
import type { Architecture } from '../architecture.js'
import type { BertConfig } from '../bert-config.js'
import { ConfigReader } from '../config-reader.js'
import { REMOVED_HEADS, removedHeads } from '../removed-heads.js'
import { albert } from './albert.js'
import { bert } from './bert.js'
import { distilbert } from './distilbert.js'
import { mpnet } from './mpnet.js'
import { roberta } from './roberta.js'

const ALL: readonly Architecture[] = [bert, roberta, distilbert, albert, mpnet]

/**
 * The architecture and the sizes of a config.json.
 * @param json the parsed file
 * @param path for messages
 * @throws ERR_ENCODER if it is not that of an encoder that can be run
 */
export function bertConfigOf(
  json: Readonly<Record<string, unknown>>,
  path: string,
): { architecture: Architecture; config: BertConfig } {
  const reader = new ConfigReader(json, path)
  const kind = reader.get('model_type')
  const architecture = ALL.find(({ classes }) => typeof kind === 'string' && Object.hasOwn(classes, kind))
  if (architecture === undefined) {
    const legal = ALL.flatMap(({ classes }) => Object.keys(classes))
    return reader.fail(`model_type: expected one of ${legal.map(show).join(', ')} but found ${show(kind)}`)
  }
  const sizes = architecture.sizes(reader)
  const { dims, heads, layers } = sizes
  if (dims % heads !== 0)
    reader.fail(`expected a number of heads that divides the length of a state, ${dims}, but found ${heads}`)
  const removed = removedHeads(reader, layers, heads)
  if (sizes.biasBuckets > 0 && removed.some(({ length }) => length > 0))
    reader.fail(`${REMOVED_HEADS}: expected none, since biases of attention are by head`)
  return { architecture, config: { ...sizes, removed } }
}
