// Parameters have the types that their space gives them; a split has a validation part where it was asked for.
import {
  choice,
  type Interactions,
  ItemKNN,
  int,
  logUniform,
  type ThreeParts,
  type TuneResult,
  type TwoParts,
  tune,
  uniform,
} from 'kindred'

declare const log: Interactions

export const three: ThreeParts = log.split({ by: 'leave-last-out', validation: true })
export const two: TwoParts = log.split({ by: 'users', fraction: 0.1 })
export const folds: TwoParts[] = log.folds({ folds: 3 })
// @ts-expect-error: validation was not asked for
log.split({ by: 'random' }).validation
// @ts-expect-error: a split of users has no moment
log.split({ by: 'users', at: 3 })

const space = {
  neighbors: int(10, 500, { log: true }),
  similarity: choice(['cosine', 'jaccard']),
  shrinkage: logUniform(1, 100),
  share: uniform(0, 1),
}

export const tuned: Promise<
  TuneResult<{ neighbors: number; similarity: 'cosine' | 'jaccard'; shrinkage: number; share: number }>
> = tune(
  space,
  async ({ share, ...options }, { train, signal, report }) => {
    report(share, 1)
    return new ItemKNN(options).fit(train, { signal })
  },
  { train: three.train, validation: three.validation, by: 'recall@20' },
)

export const scored = tune({ x: uniform(-1, 1) }, ({ x }) => x * x, {
  direction: 'minimize',
  onProgress: ({ best }) => best?.params.x,
})

// @ts-expect-error: fit gives a model or a score
tune(space, () => 'good')
