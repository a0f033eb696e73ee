import { type Architecture, wordHead } from '../architecture.js'
import { bertSizes } from './bert.js'

/**
 * RoBERTa (Liu et al. 2019), XLM-R (Conneau et al. 2020) and CamemBERT: BERT's layers, positions that begin behind the number
 * of padding, and a head for texts that does not share the encoder's pooling layer.
 */
export const roberta: Architecture = {
  classes: { roberta: 'Roberta', 'xlm-roberta': 'XLMRoberta', camembert: 'Camembert' },
  prefix: 'roberta.',
  encoder: {},
  heads: {
    texts: { 'pooler.dense': 'classifier.dense', classifier: 'classifier.out_proj' },
    tokens: { classifier: 'classifier' },
    words: wordHead('lm_head.dense', 'lm_head.layer_norm', 'lm_head'),
  },
  sizes(json) {
    const sizes = bertSizes(json)
    const padding = json.integer('pad_token_id', 1, { least: 0 })
    if (sizes.positions <= padding + 1)
      json.fail(
        `max_position_embeddings: expected more than pad_token_id + 1, ${padding + 1}, but found ${sizes.positions}`,
      )
    const head = { ...sizes.head, firstDropout: sizes.head.textDropout, wordActivation: 'gelu' as const }
    return { ...sizes, padding, head }
  },
}
