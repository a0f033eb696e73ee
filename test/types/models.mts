// Models are loaded as what they are, and `Recommender` can be implemented.
import {
  type AddItemsReport,
  AlternatingLeastSquares,
  type AlternatingLeastSquaresOptions,
  BayesianPersonalizedRanking,
  type Capabilities,
  ContentBased,
  EASE,
  type Explanation,
  type FactorModel,
  type Id,
  type IdMap,
  type Interactions,
  ItemKNN,
  loadModel,
  type Matrix,
  P3alpha,
  Popularity,
  type RankedUser,
  type Recommendation,
  type Recommender,
  RP3beta,
  UserKNN,
} from 'kindred'

export const loaded: [
  Promise<Recommender>,
  Promise<AlternatingLeastSquares>,
  Promise<AlternatingLeastSquares>,
  Promise<EASE>,
  Promise<ItemKNN>,
  Promise<ContentBased>,
] = [
  loadModel('out'),
  loadModel<AlternatingLeastSquares>('out'),
  AlternatingLeastSquares.load('out'),
  EASE.load('out'),
  ItemKNN.load('out'),
  ContentBased.load('out'),
]

export async function fitted(train: Interactions): Promise<Matrix> {
  const als: AlternatingLeastSquares = await new AlternatingLeastSquares({ factors: 8, device: 'auto' }).fit(train)
  const options: Readonly<Required<AlternatingLeastSquaresOptions>> = als.options
  const kind: 'kernel' | 'linear' | null = als.featureMap
  console.log(options.factors, kind, als.losses.length, (await new P3alpha().fit(train)).options.alpha)
  console.log(new RP3beta().options.beta, new UserKNN().options.similarity, new Popularity().options.by)
  const models: FactorModel[] = [als, await new BayesianPersonalizedRanking().fit(train)]
  return models[0].itemFactors
}

const capabilities: Capabilities = new ItemKNN().capabilities
export const explains: boolean = capabilities.explain

// @ts-expect-error: other models have no feature map
new EASE().featureMap
// @ts-expect-error: there is no such option
new EASE({ factors: 3 })
// @ts-expect-error: there is no such similarity
new ItemKNN({ similarity: 'dot' })
// @ts-expect-error: capabilities are not set
capabilities.explain = true
// @ts-expect-error: options in force are not set
new EASE().options.regularization = 3
// @ts-expect-error: what a model holds is not public
new EASE().state
// @ts-expect-error: no type argument that is no model
loadModel<string>('out')

/** A Recommender of the user's own: a public class, nothing internal asked for. */
export class Own implements Recommender {
  readonly capabilities: Capabilities = { ...capabilities, addItems: false, update: false }
  declare users: IdMap
  declare items: IdMap
  async fit(): Promise<this> {
    return this
  }
  async recommend(): Promise<Recommendation[]> {
    return [{ item: 'a', score: 1 }]
  }
  async recommendMany(): Promise<Recommendation[][]> {
    return []
  }
  async recommendFor(): Promise<Recommendation[]> {
    return []
  }
  async recommendUsers(): Promise<RankedUser[]> {
    return [{ user: 1, score: 1 }]
  }
  async similarItems(): Promise<Recommendation[]> {
    return []
  }
  async similarUsers(): Promise<RankedUser[]> {
    return [{ user: 1, score: 1 }]
  }
  async score(): Promise<Float32Array> {
    return new Float32Array(1)
  }
  async scoreMany(): Promise<Float32Array> {
    return new Float32Array(1)
  }
  seenItems(): Id[] {
    return []
  }
  async explain(): Promise<Explanation> {
    return { score: 1, contributions: [], rest: 1 }
  }
  async addItems(): Promise<AddItemsReport> {
    return { added: 0, replaced: 0, kept: 0 }
  }
  async update(): Promise<void> {}
  async save(): Promise<void> {}
}
