// Models of clicks on the same rows, each judged by AUC, log loss and accuracy on the rows that come last.
import { DeepFM, FactorizationMachine, GradientBoostedTrees, LogisticRegression } from 'kindred'

const NETWORK = { seed: 1, batchSize: 256, epochs: 12, learningRate: 3e-3 }
const MODELS = {
  LogisticRegression: () => new LogisticRegression(NETWORK),
  GradientBoostedTrees: () => new GradientBoostedTrees({ seed: 1, learningRate: 0.05, maxLeaves: 15 }),
  FactorizationMachine: () => new FactorizationMachine({ ...NETWORK, dims: 8 }),
  DeepFM: () => new DeepFM({ ...NETWORK, dims: 8, hidden: [64, 32] }),
}

/** Share of rows of which it says rightly whether they are clicked, by a probability of a half. */
function accuracyOf(predicted, table) {
  const labels = table.column('click').values
  return labels.reduce((sum, label, row) => sum + Number(predicted[row] >= 0.5 === (label === 1)), 0) / labels.length
}

/** The table cut at three moments: left to the encoder, to learn from, to choose by, to judge on. */
const partsOf = (table, [first, second, third]) => ({
  train: table.slice(first, second),
  validation: table.slice(second, third),
  test: table.slice(third),
})

/** Figures of every model, fitted and judged on the parts between `cuts`. */
export async function judge(table, cuts) {
  const { train, validation, test } = partsOf(table, cuts)
  const figures = {}
  for (const [name, make] of Object.entries(MODELS)) {
    const model = await make().fit(train, { label: 'click', validation })
    const { auc, logLoss } = await model.evaluate(test)
    const accuracy = accuracyOf(await model.predict(test), test)
    figures[name] = { auc, logLoss, accuracy, importance: model.importance?.() }
  }
  return figures
}
