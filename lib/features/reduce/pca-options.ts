import { checkBoolean, checkInteger, checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'

/** How a {@link PCA} finds its components. */
export type PCASolver = 'auto' | 'covariance' | 'randomized'

/** Options of {@link PCA}. */
export interface PCAOptions {
  /**
   * How many components: an integer from 1 to the lesser of rows and dims; or a share of the variance between 0 and 1, for
   * the fewest components that together hold more. Default: all.
   */
  components?: number
  /**
   * 'covariance': the eigenvectors of the covariance matrix (of the products of the rows, where there are fewer rows than
   * dims). 'randomized': subspace iteration from a random start (Halko, Martinsson, Tropp 2011). 'auto', the default: the
   * former unless both rows and dims exceed 1024 and fewer than 80 % of the components are wanted.
   */
  solver?: PCASolver
  /** Divide each coordinate by its standard deviation, so that all have variance 1. Default false. */
  whiten?: boolean
  /** Of 'randomized': vectors beyond those wanted, an integer from 0. Default 10. */
  oversampling?: number
  /** Of 'randomized': iterations, an integer from 1. Default 7 where fewer than a tenth of the components are wanted, else 4. */
  powerIterations?: number
  /** Of 'randomized': seed of the start, an integer from 0. Default 0. */
  seed?: number
}

/** Options of a PCA, defaults filled in; undefined: all components, and by their share. */
export interface PCASettings {
  /** See {@link PCAOptions}; undefined: all. */
  readonly components: number | undefined
  /** See {@link PCAOptions}. */
  readonly solver: PCASolver
  /** See {@link PCAOptions}. */
  readonly whiten: boolean
  /** See {@link PCAOptions}. */
  readonly oversampling: number
  /** See {@link PCAOptions}; undefined: 7 or 4. */
  readonly powerIterations: number | undefined
  /** See {@link PCAOptions}. */
  readonly seed: number
}

const NAMES = ['components', 'solver', 'whiten', 'oversampling', 'powerIterations', 'seed']
const SOLVERS: readonly PCASolver[] = ['auto', 'covariance', 'randomized']

/** Whether `components` is a share of the variance. */
export function isShare(components: number | undefined): components is number {
  return components !== undefined && components < 1
}

/** @throws ERR_VALUE naming the option */
export function pcaSettings(options: PCAOptions): PCASettings {
  options = checkOptions('PCA', options, NAMES)
  const { components, powerIterations } = options
  const settings = {
    components: components === undefined ? undefined : checkComponents(components),
    solver: checkOneOf('solver', options.solver ?? 'auto', SOLVERS),
    whiten: checkBoolean('whiten', options.whiten ?? false),
    oversampling: checkInteger('oversampling', options.oversampling ?? 10, { min: 0, max: 4096 }),
    powerIterations:
      powerIterations === undefined ? undefined : checkInteger('powerIterations', powerIterations, { min: 1 }),
    seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
  }
  if (settings.solver === 'randomized' && isShare(settings.components))
    checkInteger("components, with solver 'randomized',", settings.components, { min: 1 })
  return Object.freeze(settings)
}

function checkComponents(components: number): number {
  if (Number.isInteger(components) || typeof components !== 'number')
    return checkInteger('components', components, { min: 1 })
  checkNumber('components', components, { min: 0 })
  return components < 1 ? components : checkInteger('components', components, { min: 1 })
}
