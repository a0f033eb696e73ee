import type { ErrorObject } from 'ajv'
import { KindredError, show } from '../../native/errors.js'
import { nearestSpelling } from '../../native/nearest-spelling.js'

type TypeName = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null'

/** The part of JSON Schema (draft 2020-12) in which routes are described. */
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

/** Gives the error of a value, ERR_VALUE with the place and what is legal there; undefined for a legal value. */
export type SchemaCheck = (value: unknown) => KindredError | undefined

const ARTICLES: Record<TypeName, string> = {
  object: 'an object',
  array: 'an array',
  string: 'a string',
  integer: 'an integer within 2^53',
  number: 'a finite number',
  boolean: 'true or false',
  null: 'null',
}

const EXACT = Number.MAX_SAFE_INTEGER
const typesOf = ({ type = [] }: JsonSchema) => [type].flat() as TypeName[]
const expectedOf = (schema: JsonSchema) =>
  typesOf(schema)
    .map((type) => ARTICLES[type])
    .join(' or ')

/** How an error names what came: values of strings stay out of it, since they may be a user's. */
const received = (value: unknown) =>
  typeof value === 'string' ? `a string of ${value.length} characters` : show(value)

/** The same schema, of integers that JavaScript holds exactly. */
function exact(schema: JsonSchema): JsonSchema {
  const { properties, items, anyOf, minimum = -EXACT, maximum = EXACT } = schema
  return {
    ...schema,
    ...(typesOf(schema).includes('integer') && { minimum, maximum }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, own]) => [name, exact(own)])),
    }),
    ...(items && { items: exact(items) }),
    ...(anyOf && { anyOf: anyOf.map(exact) }),
  }
}

/** How much an error tells: that of an alternative of the right type more than that of another. */
function tells({ instancePath, keyword }: ErrorObject): number {
  const kind = keyword === 'type' ? 0 : keyword === 'enum' ? 1 : 2
  return 3 * instancePath.split('/').length + kind
}

/** `/history/0/weight` as body.history[0].weight */
const placeOf = (name: string, path: string) =>
  path
    .split('/')
    .slice(1)
    .reduce((place, part) => (/^\d+$/.test(part) ? `${place}[${part}]` : `${place}.${part}`), name)

/** What is wrong, of the errors that Ajv has told. */
function wrongOf(errors: readonly ErrorObject[], name: string): string {
  const told = errors.filter(({ keyword }) => keyword !== 'anyOf')
  const error = told.reduce((best, other) => (tells(other) > tells(best) ? other : best))
  const { instancePath, keyword, data, params } = error
  const schema = error.parentSchema as JsonSchema
  const place = placeOf(name, instancePath)
  const length = (data as { length?: number } | null)?.length
  switch (keyword) {
    case 'required':
      return `${place}.${params.missingProperty}: expected to be there but is missing.`
    case 'additionalProperties': {
      const legal = Object.keys(schema.properties ?? {})
      const near = nearestSpelling(String(params.additionalProperty).slice(0, 60), legal)
      const meant = near === undefined ? '' : ` Did you mean "${near}"?`
      return `${place}: unknown property.${meant} Legal properties: ${legal.join(', ')}.`
    }
    case 'enum': {
      const legal = schema.enum!.map((one) => `'${one}'`).join(', ')
      return `${place}: expected one of ${legal} but received ${received(data)}.`
    }
    case 'minLength':
    case 'maxLength': {
      const { minLength = 0, maxLength = 'any number of' } = schema
      return `${place}: expected a string of ${minLength} to ${maxLength} characters but received ${length}.`
    }
    case 'minItems':
    case 'maxItems': {
      const { minItems = 0, maxItems = 'any number of' } = schema
      return `${place}: expected ${minItems} to ${maxItems} entries but received ${length}.`
    }
    case 'minimum':
    case 'maximum': {
      const { minimum = '-infinity', maximum = 'infinity' } = schema
      if (minimum === -EXACT && maximum === EXACT) break
      return `${place}: expected a number from ${minimum} to ${maximum} but received ${data}.`
    }
  }
  return `${place}: expected ${expectedOf(schema)} but received ${received(data)}.`
}

/** What compiles schemas into checks of values that JSON.parse gave, by Ajv. Only own properties are looked at. */
export async function schemaCompiler(): Promise<(schema: JsonSchema, name: string) => SchemaCheck> {
  const { Ajv2020 } = await import('ajv/dist/2020.js')
  const ajv = new Ajv2020({ strict: false, strictNumbers: true, ownProperties: true, verbose: true })
  return (schema, name) => {
    const isLegal = ajv.compile(exact(schema))
    return (value) => (isLegal(value) ? undefined : new KindredError('ERR_VALUE', wrongOf(isLegal.errors!, name)))
  }
}
