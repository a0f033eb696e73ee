import Ajv2020 from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileSchema, type JsonSchema } from '#lib/serve/http/json-schema.js'
import { LIMITS } from '#lib/serve/http/limits.js'
import { routeSchemas } from '#lib/serve/http/schemas.js'

const schemas = Object.entries(
  routeSchemas({ ...LIMITS, candidates: 4, history: 3, events: 3, idLength: 5, textLength: 6 }),
)
const ajv = new Ajv2020({ strict: false })

/** Values as requests bring them: mostly near what is legal. */
const id = fc.oneof(fc.integer(), fc.string({ maxLength: 7 }), fc.double(), fc.constant(2 ** 53), fc.constant(null))
const ids = fc.oneof(fc.array(id, { maxLength: 6 }), id)
const values: Record<string, fc.Arbitrary<unknown>> = {
  user: id,
  item: fc.oneof({ weight: 5, arbitrary: id }, { weight: 1, arbitrary: ids }),
  k: fc.oneof(fc.integer({ min: -1, max: 1001 }), id),
  candidates: ids,
  items: ids,
  history: fc.array(fc.oneof(id, fc.record({ item: id, weight: fc.double() }, { requiredKeys: [] })), { maxLength: 4 }),
  exclude: fc.oneof(
    fc.constantFrom('seen', 'none', 'all'),
    ids,
    fc.record({ seen: fc.boolean(), items: ids, more: id }, { requiredKeys: [] }),
  ),
  minScore: fc.oneof(fc.double(), id),
  fallback: fc.constantFrom('popularity', 'none', 'x', null),
  unknown: fc.constantFrom('error', 'ignore', 'nan', 1),
  titles: fc.oneof(fc.boolean(), id),
  reasons: fc.oneof(fc.boolean(), id),
  text: fc.string({ maxLength: 8 }),
  query: fc.string({ maxLength: 8 }),
  type: fc.oneof(fc.string({ maxLength: 7 }), id),
  texts: fc.array(fc.string({ maxLength: 8 }), { maxLength: 3 }),
  weight: fc.oneof(fc.double(), id),
  time: fc.oneof(fc.integer(), fc.double()),
  other: id,
}

/** JSON has no NaN, and whole numbers beyond 2^53 are no ids here: where the two differ on purpose. */
const isExact = (value: unknown): boolean => {
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
  if (Array.isArray(value)) return value.every(isExact)
  return typeof value !== 'object' || value === null || Object.values(value).every(isExact)
}

describe('the check of a body', () => {
  it.each(schemas)('of %s is that of Ajv', (_, { body }) => {
    const check = compileSchema(body, 'body')
    const reference = ajv.compile(body as object)
    const fields = Object.keys(body.properties ?? body.items!.properties!)
    const record = fc.record(Object.fromEntries([...fields, 'other'].map((name) => [name, values[name]!])), {
      requiredKeys: [],
    })
    const whole = fc.oneof(
      { weight: 9, arbitrary: body.type === 'array' ? fc.array(record, { maxLength: 4 }) : record },
      {
        weight: 1,
        arbitrary: fc.jsonValue(),
      },
    )
    let legal = 0
    fc.assert(
      fc.property(whole, (value) => {
        fc.pre(isExact(value))
        // Lengths are UTF-16 units here, code points there.
        fc.pre(!/[\ud800-\udfff]/.test(JSON.stringify(value)))
        const error = check(value)
        if (error === undefined) legal++
        else expect(error).toMatchObject({ code: 'ERR_VALUE', message: expect.stringMatching(/^body.*\.$/s) })
        expect(error === undefined, JSON.stringify(value)).toBe(reference(value))
      }),
      { seed: 1, numRuns: 600 },
    )
    expect(legal).toBeGreaterThan(0)
  })

  it('takes own properties alone, and finite numbers', () => {
    const schema: JsonSchema = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] }
    const check = compileSchema(schema, 'body')
    expect(check(Object.create({ a: 1 }))).toMatchObject({ message: expect.stringMatching('missing') })
    expect(check({ a: Number.NaN })).toMatchObject({ message: expect.stringMatching('expected a finite number') })
    expect(compileSchema({ type: 'integer' }, 'n')(2 ** 53)).toBeDefined()
    const strict = compileSchema({ type: 'object', properties: {}, additionalProperties: false }, 'body')
    expect(strict(JSON.parse('{"__proto__": 1}'))).toMatchObject({ message: expect.stringMatching('unknown property') })
    expect(strict(JSON.parse('{"constructor": 1}'))).toBeDefined()
  })

  it('says nothing of what a string holds', () => {
    const error = compileSchema({ type: 'integer' }, 'body')('a secret')
    expect(error!.message).toBe('body: expected an integer within 2^53 but received a string of 8 characters.')
  })
})
