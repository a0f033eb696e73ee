/** How the command line describes an option of models. */
export interface OptionEntry {
  /** A natural number, a number, a number or auto, true or false, free text, or one of a list. */
  argument: '<n>' | '<x>' | '<x|auto>' | '[true|false]' | '<name>' | readonly string[]
  about: string
}

/**
 * What the command line says of the options of models, in the order of --help. Names, owners and defaults are those of
 * the classes, which are asked; only the words are here.
 */
export const ABOUT_OPTIONS: Readonly<Record<string, OptionEntry>> = {
  factors: { argument: '<n>', about: 'length of the vectors; of PureSVD and GFCF, singular vectors kept' },
  dims: { argument: '<n>', about: 'length of the vectors of items, of users and of states' },
  type: { argument: ['gru', 'lstm', 'attention'], about: 'the network that reads histories' },
  layers: {
    argument: '<n>',
    about: 'layers of the network; of LightGCN, times that vectors are passed on along the interactions',
  },
  heads: { argument: '<n>', about: 'heads of attention, a divisor of dims' },
  feedForward: { argument: '<n>', about: 'width of the two-layer network behind each attention' },
  maxLength: { argument: '<n>', about: 'items of a history that count, the last ones' },
  loss: {
    argument: ['softmax', 'sampled-softmax', 'gbce'],
    about: 'what the next item is compared with: all items, or items drawn for each batch, by a softmax or by gBCE',
  },
  calibration: { argument: '<x>', about: 'of the loss gbce, from 0, plain scores, to 1, those of a softmax' },
  masked: { argument: '<x>', about: 'share of items that are masked' },
  lastOnly: { argument: '<x>', about: 'share of sequences of which the last item alone is masked' },
  itemVectors: {
    argument: ['added', 'projected', 'frozen'],
    about: 'with item vectors given: projections beside learnt vectors, projections alone, or as they are',
  },
  regularization: { argument: '<x>', about: 'L2 penalty' },
  hidden: { argument: '<n>', about: 'length of the hidden layers; of SeqGAN, numbers of the state of the generator' },
  latent: { argument: '<n>', about: 'length of the latent vector' },
  dropout: {
    argument: '<x>',
    about: 'probability that a number falls away in training: of the network, of the history (MultVAE)',
  },
  idDropout: { argument: '<x>', about: 'probability with which the embedding of an id counts for nothing in a step' },
  targets: { argument: '<n>', about: "most of a user's items that are wanted in a step; the others are the history" },
  annealing: { argument: '<x>', about: 'share of the steps over which beta rises from 0' },
  mapShare: { argument: '<x>', about: 'share of a regression of features in the vectors of items that nobody had' },
  regularizationExponent: {
    argument: '<x>',
    about: 'the penalty grows with the interactions of a row to this power; 0: the same for every row',
  },
  optimizer: { argument: ['sgd', 'adagrad', 'adam'], about: 'how far a step goes; its defaults are those of sgd' },
  epochs: { argument: '<n>', about: 'passes over the log, or over its users' },
  batchSize: { argument: '<n>', about: 'samples whose gradients make a step' },
  learningRate: { argument: '<x>', about: 'step of the gradient descent' },
  schedule: { argument: ['constant', 'linear', 'cosine', 'plateau'], about: 'how the learning rate falls' },
  warmup: { argument: '<x>', about: 'share of the steps over which the learning rate rises first' },
  weightDecay: { argument: '<x>', about: 'share of a weight that a step takes away, times the learning rate' },
  maxNorm: { argument: '<x>', about: 'greatest norm of all gradients together' },
  length: { argument: '<n>', about: 'items of a list that is generated' },
  context: { argument: '<n>', about: 'items of a history that a list continues, the last ones' },
  repeats: { argument: '[true|false]', about: 'whether lists may have an item that is there already' },
  pretrainEpochs: { argument: '<n>', about: 'passes over the log by maximum likelihood' },
  discriminatorEpochs: { argument: '<n>', about: 'passes over the log in which the discriminator learns first' },
  adversarialSteps: { argument: '<n>', about: 'steps of the generator against the discriminator' },
  discriminatorSteps: { argument: '<n>', about: 'batches that the discriminator learns from before each of them' },
  rollouts: { argument: '<n>', about: 'completions of the beginnings of each list, by which its items are judged' },
  lists: { argument: '<n>', about: 'lists of a step against the discriminator, and of a batch that this learns from' },
  policyLearningRate: { argument: '<x>', about: 'step of the gradient descent against the discriminator' },
  discriminatorLearningRate: { argument: '<x>', about: 'step of the gradient descent of the discriminator' },
  discriminatorDims: { argument: '<n>', about: 'length of the vectors of items of the discriminator' },
  widths: { argument: '<n>', about: 'the convolutions of the discriminator see 1 to so many items at a time' },
  filters: { argument: '<n>', about: 'filters of each of them' },
  baseline: { argument: '[true|false]', about: 'compare rewards with the mean at their place in lists' },
  patience: { argument: '<n>', about: 'epochs without a better validation after which training ends' },
  alpha: {
    argument: '<x>',
    about:
      'confidence of a weight w is unobserved-weight + alpha |w| (AlternatingLeastSquares), weight of the low-pass filter (GFCF), exponent of the transition probabilities (P3alpha, RP3beta), strength of both penalties (SLIM)',
  },
  unobservedWeight: { argument: '<x>', about: 'confidence that a pair without interaction is not preferred' },
  initialScale: { argument: '<x>', about: 'standard deviation of the factors at the start' },
  l1Ratio: { argument: '<x>', about: 'share of the L1 penalty' },
  beta: {
    argument: '<x>',
    about:
      'exponent of the popularity that weights are divided by (RP3beta), greatest weight of the divergence (MultVAE)',
  },
  iterations: {
    argument: '<n>',
    about:
      'sweeps over users and items (AlternatingLeastSquares), passes over the log (BayesianPersonalizedRanking, Item2Vec, MatrixFactorization), steps of the subspace iteration (GFCF, PureSVD), the most passes over the weights of an item (SLIM)',
  },
  solver: { argument: ['cg', 'cholesky', 'block'], about: 'how a row of factors is solved for' },
  cgSteps: { argument: '<n>', about: 'conjugate gradient steps of the solver cg' },
  blockSize: { argument: '<n>', about: 'factors in a block of the solver block' },
  tolerance: {
    argument: '<x>',
    about:
      'stop once an iteration lowers the loss by less than this share (AlternatingLeastSquares), or changes weights by less than this (SLIM)',
  },
  trackLoss: { argument: '[true|false]', about: 'compute the loss after each iteration' },
  featureMap: { argument: ['auto', 'kernel', 'linear'], about: 'map from item vectors to factors' },
  featureRegularization: { argument: '<x>', about: 'L2 penalty of that map' },
  featureWeight: { argument: '<x>', about: 'how many interactions the vector of an item counts for' },
  newItemScale: {
    argument: '<x|auto>',
    about: 'factor on the vectors that item vectors give to new items: the larger, the more often they are recommended',
  },
  newItemCost: { argument: '<x>', about: 'the share of recall of known items that new-item-scale auto may cost' },
  negativeSampling: { argument: ['uniform', 'popularity'], about: 'how items that were not chosen are drawn' },
  window: { argument: '<n>', about: "how many of a user's items on either side count as around an item" },
  negatives: { argument: '<n>', about: 'items that were not chosen, drawn for each pair' },
  negativeExponent: { argument: '<x>', about: 'the power of their popularity that they are drawn with' },
  sample: { argument: '<x>', about: 'items of a greater share of the log are thinned out' },
  minCount: { argument: '<n>', about: 'items of fewer users are left out' },
  lockFree: { argument: '[true|false]', about: 'steps of all threads at once: faster, other bits at every run' },
  neighbors: { argument: '<n>', about: 'neighbours kept for each item or user' },
  similarity: { argument: ['cosine', 'jaccard'], about: 'similarity of items or users' },
  weighting: { argument: ['none', 'tfidf', 'bm25'], about: 'weighting of interactions in the cosine' },
  neighborhood: {
    argument: ['own', 'reverse'],
    about: 'whose items count: those of the nearest users, or of the users who have the user among their nearest',
  },
  shrinkage: { argument: '<x>', about: 'added to the denominator of the similarity' },
  clip: { argument: '[true|false]', about: 'keep predicted ratings on the scale of the log' },
  normalize: { argument: '[true|false]', about: 'divide the weights of each item by their sum' },
  by: { argument: ['count', 'weight'], about: 'popularity as users of an item, or as the sum of their weights' },
  halfLife: { argument: '<x>', about: 'after so long an interaction counts half, in the units of the times' },
  device: { argument: ['cpu', 'auto', 'cuda'], about: 'where to train' },
  maxBytes: { argument: '<n>', about: 'memory that the matrix of items may take, in bytes' },
  seed: { argument: '<n>', about: 'seed of all that is random' },
}
