import { type Architecture, inOrder, wordHead } from '../architecture.js'

/** DistilBERT (Sanh et al. 2019): fewer of BERT's layers, without types of tokens and without a pooling layer. */
export const distilbert: Architecture = {
  classes: { distilbert: 'DistilBert' },
  prefix: 'distilbert.',
  encoder: {
    'encoder.layer.*.attention.self.query': 'transformer.layer.*.attention.q_lin',
    'encoder.layer.*.attention.self.key': 'transformer.layer.*.attention.k_lin',
    'encoder.layer.*.attention.self.value': 'transformer.layer.*.attention.v_lin',
    'encoder.layer.*.attention.output.dense': 'transformer.layer.*.attention.out_lin',
    'encoder.layer.*.attention.output.LayerNorm': 'transformer.layer.*.sa_layer_norm',
    'encoder.layer.*.intermediate.dense': 'transformer.layer.*.ffn.lin1',
    'encoder.layer.*.output.dense': 'transformer.layer.*.ffn.lin2',
    'encoder.layer.*.output.LayerNorm': 'transformer.layer.*.output_layer_norm',
  },
  heads: {
    texts: { 'pooler.dense': 'pre_classifier', classifier: 'classifier' },
    tokens: { classifier: 'classifier' },
    words: wordHead('vocab_transform', 'vocab_layer_norm', 'vocab_projector'),
  },
  sizes(json) {
    const dims = json.integer('dim', 768)
    const layers = json.integer('n_layers', 6, { most: 1000 })
    const dropout = json.rate('dropout', 0.1)
    const activation = json.activation('activation', 'gelu')
    return {
      vocabulary: json.integer('vocab_size'),
      positions: json.integer('max_position_embeddings', 512),
      padding: undefined,
      tokenTypes: 0,
      dims,
      tableDims: undefined,
      layers,
      order: inOrder(layers),
      heads: json.integer('n_heads', 12),
      biasBuckets: 0,
      inner: json.integer('hidden_dim', 4 * 768),
      activation,
      epsilon: 1e-12,
      dropout,
      weightDropout: json.rate('attention_dropout', 0.1),
      attendedDropout: 0,
      outerDropout: dropout,
      initializerRange: json.number('initializer_range', 0.02),
      head: {
        activation: 'relu',
        firstDropout: 0,
        textDropout: json.rate('seq_classif_dropout', 0.2),
        tokenDropout: dropout,
        wordActivation: activation,
      },
    }
  },
}
