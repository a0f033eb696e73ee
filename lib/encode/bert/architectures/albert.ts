import { type Architecture, wordHead } from '../architecture.js'
import type { BertConfig } from '../bert-config.js'
import type { ConfigReader } from '../config-reader.js'
import { bertSizes } from './bert.js'

const LAYER = 'encoder.albert_layer_groups.*.albert_layers.0'

/** ALBERT's own defaults, where config.json is silent. */
function albertSizes(json: ConfigReader): Omit<BertConfig, 'removed'> {
  json.expect('inner_group_num', 1)
  const sizes = bertSizes(json)
  const depth = sizes.layers
  const layers = json.integer('num_hidden_groups', 1, { most: depth })
  const dropout = json.rate('hidden_dropout_prob', 0)
  const ofHead = json.rate('classifier_dropout_prob', 0.1)
  const activation = json.activation('hidden_act', 'gelu_new')
  return {
    ...sizes,
    tableDims: json.integer('embedding_size', 128),
    layers,
    order: Array.from({ length: depth }, (_, n) => Math.floor(n / (depth / layers))),
    activation,
    dropout,
    weightDropout: json.rate('attention_probs_dropout_prob', 0),
    attendedDropout: dropout,
    outerDropout: 0,
    head: {
      activation: 'tanh',
      firstDropout: 0,
      textDropout: ofHead,
      tokenDropout: ofHead,
      wordActivation: activation,
    },
  }
}

/** ALBERT (Lan et al. 2020): narrow tables of words, widened by a product, and layers that share their weights. */
export const albert: Architecture = {
  classes: { albert: 'Albert' },
  prefix: 'albert.',
  encoder: {
    'encoder.layer.*.attention.self.query': `${LAYER}.attention.query`,
    'encoder.layer.*.attention.self.key': `${LAYER}.attention.key`,
    'encoder.layer.*.attention.self.value': `${LAYER}.attention.value`,
    'encoder.layer.*.attention.output.dense': `${LAYER}.attention.dense`,
    'encoder.layer.*.attention.output.LayerNorm': `${LAYER}.attention.LayerNorm`,
    'encoder.layer.*.intermediate.dense': `${LAYER}.ffn`,
    'encoder.layer.*.output.dense': `${LAYER}.ffn_output`,
    'encoder.layer.*.output.LayerNorm': `${LAYER}.full_layer_layer_norm`,
  },
  heads: {
    texts: { 'pooler.dense': 'albert.pooler', classifier: 'classifier' },
    tokens: { classifier: 'classifier' },
    words: wordHead('predictions.dense', 'predictions.LayerNorm', 'predictions'),
  },
  sizes: albertSizes,
}
