import { show } from '../../../native/errors.js'
import type { Architecture } from '../architecture.js'
import type { ConfigReader } from '../config-reader.js'
import { albert } from './albert.js'
import { bert } from './bert.js'
import { distilbert } from './distilbert.js'
import { roberta } from './roberta.js'

const ALL: readonly Architecture[] = [bert, roberta, distilbert, albert]

/** The architecture of a config.json by its `model_type`. @throws ERR_ENCODER for another */
export function architectureOf(json: ConfigReader): Architecture {
  const kind = json.get('model_type')
  const found = ALL.find(({ classes }) => typeof kind === 'string' && Object.hasOwn(classes, kind))
  const legal = ALL.flatMap(({ classes }) => Object.keys(classes))
  return found ?? json.fail(`model_type: expected one of ${legal.map(show).join(', ')} but found ${show(kind)}`)
}
