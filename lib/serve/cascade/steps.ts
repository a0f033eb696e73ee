import type { ReRankStep } from '../../rank/base/base-step.js'
import type { ItemAttribute } from '../../rank/base/item-values.js'
import { CalibratedList } from '../../rank/diversity/calibrated-list.js'
import { CategoryDiversity } from '../../rank/diversity/category-diversity.js'
import { DeterminantalPointProcess } from '../../rank/diversity/determinantal-point-process.js'
import { MaximalMarginalRelevance } from '../../rank/diversity/maximal-marginal-relevance.js'
import { AttributeCap } from '../../rank/rules/attribute-cap.js'
import { Boost } from '../../rank/rules/boost.js'
import { ExposureCap } from '../../rank/rules/exposure-cap.js'
import { ExposureCounter } from '../../rank/rules/exposure-counter.js'
import { Freshness } from '../../rank/rules/freshness.js'
import { MustInclude } from '../../rank/rules/must-include.js'
import { MustNot } from '../../rank/rules/must-not.js'
import type { StepDeclaration } from './declaration.js'
import type { Parts } from './parts.js'

/** A step as it is declared. @throws ERR_VALUE, ERR_COLUMN, ERR_IO, ERR_MODEL_FILE */
export async function stepOf(where: string, declared: StepDeclaration, parts: Parts): Promise<ReRankStep> {
  const attribute = (name: string) => parts.attribute(`${where}.attribute`, name)
  const features = (name: string) => parts.features(`${where}.features`, name)
  switch (declared.type) {
    case 'mmr':
      return new MaximalMarginalRelevance(await features(declared.features), given(declared, ['lambda']))
    case 'dpp':
      return new DeterminantalPointProcess(await features(declared.features), given(declared, ['theta']))
    case 'calibration':
      return new CalibratedList(attribute(declared.attribute), given(declared, ['lambda', 'alpha', 'target']))
    case 'category-diversity':
      return new CategoryDiversity(attribute(declared.attribute), given(declared, ['lambda', 'target']))
    case 'cap':
      return new AttributeCap(attribute(declared.attribute), {
        ...given(declared, ['limit', 'limits']),
        name: declared.attribute,
      })
    case 'boost':
      return new Boost({ ...selection(declared, attribute), ...given(declared, ['factor', 'add']) })
    case 'freshness':
      return new Freshness(attribute(declared.attribute), given(declared, ['halfLife', 'maxAge', 'unknown']))
    case 'must-include':
      return new MustInclude(declared.items)
    case 'must-not':
      return new MustNot(selection(declared, attribute))
    case 'exposure-cap':
      return new ExposureCap(
        new ExposureCounter(given(declared, ['window', 'parts', 'maxEntries'])),
        given(declared, ['perUser', 'overall', 'record']),
      )
    case 'part':
      return parts.named('steps', `${where}.name`, declared.name)
  }
}

/** Whether a step is of rules, which are kept where the re-ranking does without the others. */
export const isRule = (step: ReRankStep): boolean =>
  step instanceof MustInclude ||
  step instanceof MustNot ||
  step instanceof AttributeCap ||
  step instanceof ExposureCap ||
  step instanceof Freshness

/** What was declared of these. */
function given<T extends object, K extends keyof T>(
  declared: T,
  keys: readonly K[],
): { [P in K]?: Exclude<T[P], undefined> } {
  const out: { [P in K]?: Exclude<T[P], undefined> } = {}
  for (const key of keys) if (declared[key] !== undefined) out[key] = declared[key] as Exclude<T[K], undefined>
  return out
}

function selection(
  declared: Extract<StepDeclaration, { type: 'boost' | 'must-not' }>,
  attribute: (name: string) => ItemAttribute,
) {
  return {
    ...given(declared, ['items', 'values']),
    ...(declared.attribute !== undefined && { attribute: attribute(declared.attribute) }),
  }
}
