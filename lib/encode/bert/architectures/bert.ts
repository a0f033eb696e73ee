import { type Architecture, inOrder, wordHead } from '../architecture.js'
import type { BertConfig } from '../bert-config.js'
import type { ConfigReader } from '../config-reader.js'

/** The sizes that BERT, RoBERTa and ALBERT name alike. */
export function bertSizes(json: ConfigReader): Omit<BertConfig, 'removed'> {
  json.expect('position_embedding_type', 'absolute')
  if (json.get('is_decoder') === true) json.fail('is_decoder: it is that of a decoder; expected an encoder')
  const dims = json.integer('hidden_size')
  const layers = json.integer('num_hidden_layers', undefined, { most: 1000 })
  const dropout = json.rate('hidden_dropout_prob', 0.1)
  const ofHead = json.rate('classifier_dropout', dropout)
  const activation = json.activation('hidden_act', 'gelu')
  return {
    vocabulary: json.integer('vocab_size'),
    positions: json.integer('max_position_embeddings'),
    padding: undefined,
    tokenTypes: json.integer('type_vocab_size', 2),
    dims,
    tableDims: undefined,
    layers,
    order: inOrder(layers),
    heads: json.integer('num_attention_heads'),
    biasBuckets: 0,
    inner: json.integer('intermediate_size'),
    activation,
    epsilon: json.number('layer_norm_eps', 1e-12),
    dropout,
    weightDropout: json.rate('attention_probs_dropout_prob', 0.1),
    attendedDropout: dropout,
    outerDropout: dropout,
    initializerRange: json.number('initializer_range', 0.02),
    head: {
      activation: 'tanh',
      firstDropout: 0,
      textDropout: ofHead,
      tokenDropout: ofHead,
      wordActivation: activation,
    },
  }
}

/** BERT (Devlin et al. 2019), and what has its layers: MiniLM, E5, BGE, GTE. */
export const bert: Architecture = {
  classes: { bert: 'Bert' },
  prefix: 'bert.',
  encoder: {},
  heads: {
    texts: { 'pooler.dense': 'bert.pooler.dense', classifier: 'classifier' },
    tokens: { classifier: 'classifier' },
    words: wordHead('cls.predictions.transform.dense', 'cls.predictions.transform.LayerNorm', 'cls.predictions'),
  },
  sizes: bertSizes,
}
