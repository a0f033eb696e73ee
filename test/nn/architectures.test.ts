// What each architecture takes from its config.json, and where it differs from BERT.
import { describe, expect, it } from 'vitest'
import { fileName, namesInFiles } from '#lib/encode/bert/architecture.js'
import { bertConfigOf } from '#lib/encode/bert/architectures/index.js'
import { bertShapes } from '#lib/encode/bert/bert-config.js'
import { distanceBucket } from '#lib/nn/bert/onnx-distance-biases.js'

const sizes = { vocab_size: 50, hidden_size: 8, num_hidden_layers: 3, num_attention_heads: 2, intermediate_size: 12 }
const bert = { ...sizes, max_position_embeddings: 20 }
const rates = { hidden_dropout_prob: 0.3, classifier_dropout: 0.4 }
const of = (json: Record<string, unknown>) => bertConfigOf(json, 'config.json')

describe('bertConfigOf', () => {
  it('has the defaults and the dropout of each architecture', () => {
    expect(of({ ...bert, model_type: 'bert', ...rates }).config).toMatchObject({
      tokenTypes: 2,
      padding: undefined,
      tableDims: undefined,
      layers: 3,
      order: [0, 1, 2],
      activation: 'gelu',
      epsilon: 1e-12,
      dropout: 0.3,
      attendedDropout: 0.3,
      outerDropout: 0.3,
      head: { activation: 'tanh', firstDropout: 0, textDropout: 0.4, tokenDropout: 0.4, wordActivation: 'gelu' },
    })
    for (const model_type of ['roberta', 'xlm-roberta', 'camembert'])
      expect(of({ ...bert, model_type, ...rates, hidden_act: 'relu', type_vocab_size: 1 }).config).toMatchObject({
        tokenTypes: 1,
        padding: 1,
        activation: 'relu',
        head: { activation: 'tanh', firstDropout: 0.4, textDropout: 0.4, tokenDropout: 0.4, wordActivation: 'gelu' },
      })
    expect(of({ ...bert, model_type: 'mpnet', ...rates }).config).toMatchObject({
      tokenTypes: 0,
      padding: 1,
      biasBuckets: 32,
      head: { activation: 'tanh', firstDropout: 0.3, textDropout: 0.3, tokenDropout: 0.3, wordActivation: 'gelu' },
    })
    const distilled = { vocab_size: 50, dim: 8, n_layers: 2, n_heads: 2, hidden_dim: 12, dropout: 0.3 }
    expect(of({ ...distilled, model_type: 'distilbert', seq_classif_dropout: 0.4 }).config).toMatchObject({
      positions: 512,
      tokenTypes: 0,
      dropout: 0.3,
      attendedDropout: 0,
      outerDropout: 0.3,
      head: { activation: 'relu', firstDropout: 0, textDropout: 0.4, tokenDropout: 0.3, wordActivation: 'gelu' },
    })
    expect(of({ ...bert, model_type: 'albert' }).config).toMatchObject({
      tableDims: 128,
      layers: 1,
      order: [0, 0, 0],
      activation: 'gelu-tanh',
      dropout: 0,
      head: { activation: 'tanh', firstDropout: 0, textDropout: 0.1, tokenDropout: 0.1, wordActivation: 'gelu-tanh' },
    })
    const shared = of({ ...bert, model_type: 'albert', num_hidden_groups: 2, ...rates, classifier_dropout_prob: 0.2 })
    expect(shared.config).toMatchObject({
      layers: 2,
      order: [0, 0, 1],
      dropout: 0.3,
      attendedDropout: 0.3,
      outerDropout: 0,
      head: { textDropout: 0.2, tokenDropout: 0.2 },
    })
  })
})

describe('distanceBucket', () => {
  it('is that of MPNet in transformers', () => {
    // The distances at which a bucket begins, by PyTorch.
    const begins = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91]
    for (let distance = 0; distance <= 520; distance++) {
      const bucket = begins.findLastIndex((begin) => begin <= distance)
      expect(distanceBucket(-distance, 32)).toBe(bucket)
      if (distance > 0) expect(distanceBucket(distance, 32)).toBe(16 + bucket)
    }
  })
})

describe('names in files', () => {
  it('are one for each tensor, for every head', () => {
    for (const [json, count] of [
      [{ ...bert, model_type: 'bert' }, 5 + 3 * 16],
      [{ ...bert, model_type: 'roberta' }, 5 + 3 * 16],
      [{ vocab_size: 50, n_layers: 2, model_type: 'distilbert' }, 4 + 2 * 16],
      [{ ...bert, model_type: 'albert' }, 7 + 16],
      [{ ...bert, model_type: 'mpnet' }, 5 + 3 * 16],
    ] as const) {
      const { architecture, config } = of(json)
      const names = [...bertShapes(config).keys()]
      expect(names.length).toBe(count)
      for (const head of ['texts', 'tokens', 'words', 'none'] as const) {
        const files = names.map((name) => fileName(architecture, head, name))
        expect(new Set(files).size).toBe(count)
        for (const [n, file] of files.entries()) {
          expect(file.startsWith(architecture.prefix)).toBe(true)
          expect([...namesInFiles(architecture, head, names[n]!)]).toContain(file.slice(architecture.prefix.length))
        }
      }
    }
  })
})
