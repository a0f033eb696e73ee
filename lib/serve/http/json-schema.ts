import { KindredError, show } from '../../native/errors.js'
import { nearestSpelling } from '../../native/nearest-spelling.js'

type TypeName = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null'

/**
 * The part of JSON Schema (draft 2020-12) in which routes are described. Integers are those that JavaScript holds exactly,
 * numbers are finite.
 */
export interface JsonSchema {
  readonly type?: TypeName | readonly TypeName[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly enum?: readonly string[]
  readonly anyOf?: readonly JsonSchema[]
  readonly default?: unknown
}

/** Gives what is wrong with a value at `path`, undefined where nothing is. */
type Check = (value: unknown, path: string) => string | undefined

const IS: Record<TypeName, (value: unknown) => boolean> = {
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  integer: Number.isSafeInteger,
  number: Number.isFinite,
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
}

const ARTICLES: Record<TypeName, string> = {
  object: 'an object',
  array: 'an array',
  string: 'a string',
  integer: 'an integer within 2^53',
  number: 'a finite number',
  boolean: 'true or false',
  null: 'null',
}

/** How an error names what came: values of strings stay out of it, since they may be a user's. */
const received = (value: unknown) =>
  typeof value === 'string' ? `a string of ${value.length} characters` : show(value)

function boundsCheck({ minimum, maximum }: JsonSchema): Check {
  return (value, path) => {
    if (typeof value !== 'number' || !(value < (minimum ?? -Infinity) || value > (maximum ?? Infinity)))
      return undefined
    return `${path}: expected a number from ${minimum ?? '-infinity'} to ${maximum ?? 'infinity'} but received ${value}.`
  }
}

function lengthCheck({ minLength = 0, maxLength = Infinity }: JsonSchema): Check {
  return (value, path) => {
    if (typeof value !== 'string' || (value.length >= minLength && value.length <= maxLength)) return undefined
    return `${path}: expected a string of ${minLength} to ${maxLength} characters but received ${value.length}.`
  }
}

function itemsCheck({ items, minItems = 0, maxItems = Infinity }: JsonSchema): Check {
  const each = items && checkOf(items)
  return (value, path) => {
    if (!Array.isArray(value)) return undefined
    if (value.length < minItems || value.length > maxItems)
      return `${path}: expected ${minItems} to ${maxItems} entries but received ${value.length}.`
    for (let n = 0; each && n < value.length; n++) {
      const wrong = each(value[n], `${path}[${n}]`)
      if (wrong !== undefined) return wrong
    }
    return undefined
  }
}

function propertiesCheck({ properties = {}, required = [], additionalProperties = true }: JsonSchema): Check {
  const checks = new Map(Object.entries(properties).map(([name, schema]) => [name, checkOf(schema)]))
  const legal = [...checks.keys()]
  return (value, path) => {
    if (!IS.object(value)) return undefined
    const own = value as Record<string, unknown>
    for (const name of required)
      if (!Object.hasOwn(own, name)) return `${path}.${name}: expected to be there but is missing.`
    for (const name of Object.keys(own)) {
      const check = checks.get(name)
      if (check !== undefined) {
        const wrong = check(own[name], `${path}.${name}`)
        if (wrong !== undefined) return wrong
      } else if (!additionalProperties) {
        const near = nearestSpelling(name.slice(0, 60), legal)
        const meant = near === undefined ? '' : ` Did you mean "${near}"?`
        return `${path}: unknown property.${meant} Legal properties: ${legal.join(', ')}.`
      }
    }
    return undefined
  }
}

function anyCheck(schemas: readonly JsonSchema[]): Check {
  const checks = schemas.map(checkOf)
  return (value, path) => {
    let wrong: string | undefined
    for (const [n, check] of checks.entries()) {
      const one = check(value, path)
      if (one === undefined) return undefined
      // What is said of the alternative of the right type tells more than that of another.
      const types = [schemas[n]!.type ?? []].flat() as TypeName[]
      if (wrong === undefined || types.some((type) => IS[type](value))) wrong = one
    }
    return wrong
  }
}

function checkOf(schema: JsonSchema): Check {
  const checks: Check[] = []
  if (schema.type !== undefined) {
    const types = [schema.type].flat() as TypeName[]
    const tests = types.map((type) => IS[type])
    const expected = types.map((type) => ARTICLES[type]).join(' or ')
    checks.push((value, path) =>
      tests.some((test) => test(value)) ? undefined : `${path}: expected ${expected} but received ${received(value)}.`,
    )
  }
  if (schema.enum !== undefined) {
    const legal = schema.enum
    checks.push((value, path) =>
      legal.includes(value as string)
        ? undefined
        : `${path}: expected one of ${legal.map((one) => `'${one}'`).join(', ')} but received ${received(value)}.`,
    )
  }
  if (schema.minimum !== undefined || schema.maximum !== undefined) checks.push(boundsCheck(schema))
  if (schema.minLength !== undefined || schema.maxLength !== undefined) checks.push(lengthCheck(schema))
  if (schema.items !== undefined || schema.maxItems !== undefined || schema.minItems !== undefined)
    checks.push(itemsCheck(schema))
  if (schema.properties !== undefined || schema.required !== undefined) checks.push(propertiesCheck(schema))
  if (schema.anyOf !== undefined) checks.push(anyCheck(schema.anyOf))
  if (checks.length === 1) return checks[0]!
  return (value, path) => {
    for (const check of checks) {
      const wrong = check(value, path)
      if (wrong !== undefined) return wrong
    }
    return undefined
  }
}

/**
 * Compiles a schema into a check of values that JSON.parse gave. Only own properties are looked at.
 * @param name of the whole value in errors, such as 'body'
 * @returns gives the error of a value, ERR_VALUE with the place and what is legal there; undefined for a legal value
 */
export function compileSchema(schema: JsonSchema, name: string): (value: unknown) => KindredError | undefined {
  const check = checkOf(schema)
  return (value) => {
    const wrong = check(value, name)
    return wrong === undefined ? undefined : new KindredError('ERR_VALUE', wrong)
  }
}
