import { checkInteger, checkOptions } from '../../native/argument-checks.js'

/** What one request may ask for. A request beyond a limit is refused, with 400 or 413, before anything is computed. */
export interface ServiceLimits {
  /** The longest list, `k`. Default 1000. */
  k?: number
  /** Candidates, excluded items and items to score, of each. Default 10,000. */
  candidates?: number
  /** Items of a history. Default 1000. */
  history?: number
  /** Events of one request. Default 1000. */
  events?: number
  /** Texts of one `/embed`. Default 64. */
  texts?: number
  /** UTF-16 units of a text. Default 8192. */
  textLength?: number
  /** UTF-16 units of an id. Default 512. */
  idLength?: number
  /** Bytes of a request's body. Default 1 MiB. */
  bodyBytes?: number
  /** Requests that wait for a list; those beyond are refused with 503 and ERR_OVERLOADED. Default 1024. */
  waiting?: number
  /** Milliseconds until a request that is not answered is given up with 503; up to one second more. Default 10,000. */
  milliseconds?: number
}

/** @internal The limits where nothing else is said. */
export const LIMITS: Readonly<Required<ServiceLimits>> = {
  k: 1000,
  candidates: 10_000,
  history: 1000,
  events: 1000,
  texts: 64,
  textLength: 8192,
  idLength: 512,
  bodyBytes: 1 << 20,
  waiting: 1024,
  milliseconds: 10_000,
}

/** @internal All limits, those of `limits` in the place of the defaults. @throws ERR_VALUE */
export function limitsOf(limits: ServiceLimits = {}): Required<ServiceLimits> {
  const names = Object.keys(LIMITS) as (keyof ServiceLimits)[]
  const given = checkOptions('limits', limits, names)
  const all: Required<ServiceLimits> = { ...LIMITS }
  for (const name of names)
    if (given[name] !== undefined) all[name] = checkInteger(`limits.${name}`, given[name], { min: 1, max: 2 ** 31 - 1 })
  return all
}
