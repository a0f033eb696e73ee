import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { type JsonSchema, schemaCompiler } from '#lib/serve/http/json-schema.js'
import { LIMITS } from '#lib/serve/http/limits.js'
import { routeSchemas } from '#lib/serve/http/schemas.js'

const schemas = Object.entries(
  routeSchemas({ ...LIMITS, candidates: 4, history: 3, events: 3, idLength: 5, textLength: 6 }),
)

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

let compileSchema: Awaited<ReturnType<typeof schemaCompiler>>
beforeAll(async () => {
  compileSchema = await schemaCompiler()
})

describe('the check of a body', () => {
  it.each(schemas)('of %s names the place of what is wrong, and nothing of a text', (_, { body }) => {
    const check = compileSchema(body, 'body')
    const fields = Object.keys(body.properties ?? body.items!.properties!)
    const record = fc.record(Object.fromEntries([...fields, 'other'].map((name) => [name, values[name]!])), {
      requiredKeys: [],
    })
    const whole = fc.oneof(
      { weight: 9, arbitrary: body.type === 'array' ? fc.array(record, { maxLength: 4 }) : record },
      { weight: 1, arbitrary: fc.jsonValue() },
    )
    let legal = 0
    fc.assert(
      fc.property(whole, (value) => {
        const error = check(value)
        if (error === undefined) {
          legal++
          return
        }
        expect(error).toMatchObject({ code: 'ERR_VALUE', message: expect.stringMatching(/^body.*\.$/s) })
        expect(error.message).not.toMatch(/undefined|\[object/)
      }),
      { seed: 1, numRuns: 3000 },
    )
    expect(legal).toBeGreaterThan(0)
  })

  const { body } = Object.fromEntries(schemas)['/recommend']!
  it.each([
    [[], 'body: expected an object but received an '],
    [{ usr: 1 }, 'body: unknown property. Did you mean "user"? Legal properties: '],
    [{ user: 'abcdef' }, 'body.user: expected a string of 0 to 5 characters but received 6.'],
    [{ user: 2 ** 53 }, 'body.user: expected a string or an integer within 2^53 but received 9007199254740992.'],
    [{ user: 1.5 }, 'body.user: expected a string or an integer within 2^53 but received 1.5.'],
    [{ user: 1, k: 1e300 }, 'body.k: expected a number from 0 to 1000 but received 1e+300.'],
    [{ user: 1, candidates: [1, 2, 3, 4, 5] }, 'body.candidates: expected 0 to 4 entries but received 5.'],
    [
      { user: 1, exclude: 'all' },
      "body.exclude: expected one of 'seen', 'none' but received a string of 3 characters.",
    ],
    [{ user: 1, exclude: [1, {}] }, 'body.exclude[1]: expected a string or an integer within 2^53 but received Obj'],
    [
      { user: 1, exclude: { seen: 'yes' } },
      'body.exclude.seen: expected true or false but received a string of 3 chara',
    ],
    [{ user: 1, exclude: { sen: true } }, 'body.exclude: unknown property. Did you mean "seen"?'],
    [{ history: [1, { weight: 2 }] }, 'body.history[1].item: expected to be there but is missing.'],
    [
      { history: [1, { item: 2, weight: '3' }] },
      'body.history[1].weight: expected a finite number but received a string',
    ],
    [{ history: [1, 2, 3, 4] }, 'body.history: expected 0 to 3 entries but received 4.'],
    [JSON.parse('{"user": 1, "minScore": 1e400}'), 'body.minScore: expected a finite number but received Infinity.'],
  ])('%j: %s', (value, message) => {
    expect(compileSchema(body, 'body')(value)!.message.slice(0, message.length)).toBe(message)
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
