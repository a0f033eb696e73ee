import type { Architecture } from '../architecture.js'
import { bertSizes } from './bert.js'
import { roberta } from './roberta.js'

/** transformers gives it these whatever config.json says. */
const PADDING = 1
const BUCKETS = 32

/** MPNet (Song et al. 2020): positions and heads of RoBERTa, no types of tokens, attention with biases by distance. */
export const mpnet: Architecture = {
  classes: { mpnet: 'MPNet' },
  prefix: 'mpnet.',
  encoder: {
    'encoder.layer.*.attention.self.query': 'encoder.layer.*.attention.attn.q',
    'encoder.layer.*.attention.self.key': 'encoder.layer.*.attention.attn.k',
    'encoder.layer.*.attention.self.value': 'encoder.layer.*.attention.attn.v',
    'encoder.layer.*.attention.output.dense': 'encoder.layer.*.attention.attn.o',
    'encoder.layer.*.attention.output.LayerNorm': 'encoder.layer.*.attention.LayerNorm',
  },
  heads: roberta.heads,
  sizes(json) {
    json.expect('relative_attention_num_buckets', BUCKETS)
    const sizes = bertSizes(json)
    if (sizes.positions <= PADDING + 1)
      json.fail(`max_position_embeddings: expected more than ${PADDING + 1} but found ${sizes.positions}`)
    const { dropout } = sizes
    return {
      ...sizes,
      padding: PADDING,
      tokenTypes: 0,
      biasBuckets: BUCKETS,
      head: {
        activation: 'tanh',
        firstDropout: dropout,
        textDropout: dropout,
        tokenDropout: dropout,
        wordActivation: 'gelu',
      },
    }
  },
}
