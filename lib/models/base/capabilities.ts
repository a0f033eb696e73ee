/** What a model supports; a call that needs what is false throws ERR_NOT_SUPPORTED. */
export interface Capabilities {
  /** `fit` takes `itemFeatures`. */
  readonly itemFeatures: boolean
  /** `addItems`. Of AlternatingLeastSquares: true once it was fitted with `itemFeatures`. */
  readonly addItems: boolean
  /** `update`. */
  readonly update: boolean
  /** `recommendFor`. */
  readonly recommendFor: boolean
  /** `similarItems`. */
  readonly similarItems: boolean
  /** `similarUsers`. */
  readonly similarUsers: boolean
  /** `explain`. */
  readonly explain: boolean
}

/** The capabilities of all built-in models, and those named. */
export function capabilities(...names: (keyof Capabilities)[]): Capabilities {
  const supported = (name: keyof Capabilities) => names.includes(name)
  return Object.freeze({
    itemFeatures: supported('itemFeatures'),
    addItems: supported('addItems'),
    update: true,
    recommendFor: true,
    similarItems: supported('similarItems'),
    similarUsers: supported('similarUsers'),
    explain: supported('explain'),
  })
}

/** For the message of ERR_NOT_SUPPORTED: which models support it. */
export const SUPPORTED_BY: Readonly<Record<keyof Capabilities, string>> = {
  itemFeatures: 'AlternatingLeastSquares, ContentBased and models of sequences do.',
  addItems:
    'AlternatingLeastSquares, ContentBased and models of sequences do, once fitted with fit(train, { itemFeatures }).',
  update: 'All models of kindred do.',
  recommendFor: 'All models of kindred do.',
  similarItems: 'Models with vectors, weights or neighbours of items do, for example ItemKNN.',
  similarUsers: 'Models with vectors or neighbours of users do, for example AlternatingLeastSquares and UserKNN.',
  explain: 'Models whose scores are sums over a history or neighbours do, for example ItemKNN and EASE.',
}
