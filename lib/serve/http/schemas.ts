import type { JsonSchema } from './json-schema.js'
import type { ServiceLimits } from './limits.js'

/** A route with a body. */
export interface RouteSchema {
  readonly summary: string
  readonly body: JsonSchema
  readonly answer: JsonSchema
  /** The status of an answer; 200 if absent. */
  readonly status?: number
}

const VERSION: JsonSchema = { type: 'string', description: 'The version of the model that the whole answer is of.' }
const REASONS: JsonSchema = { type: 'array', items: { type: 'string' } }
const ANY_ID: JsonSchema = { type: ['string', 'integer'] }

const object = (properties: Record<string, JsonSchema>, required = Object.keys(properties)): JsonSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})

/** The body of every answer that is an error. */
export const ERROR_BODY = object({
  code: { type: 'string', description: 'Stable; that of a KindredError, or of HTTP.' },
  message: { type: 'string', description: 'What was expected, what came, what is legal.' },
})

/** The answer of /health and /ready. */
export const STATE_BODY = object({ status: { type: 'string' }, version: VERSION })

const STAGE = object(
  {
    name: { type: 'string' },
    milliseconds: { type: 'number' },
    count: { type: 'integer' },
    fallback: { type: 'string', description: 'Why the answer goes on without it.' },
  },
  ['name', 'milliseconds', 'count'],
)

const ITEMS = object({
  items: {
    type: 'array',
    items: object({ item: ANY_ID, score: { type: 'number' }, title: { type: 'string' }, reasons: REASONS }, [
      'item',
      'score',
    ]),
  },
  version: VERSION,
})

const READERS = object({
  users: { type: 'array', items: object({ user: ANY_ID, score: { type: 'number' } }) },
  by: { enum: ['item vector', 'nearest items'] },
  version: VERSION,
})

/** The routes with a body, by their path, for these limits. */
export function routeSchemas(limits: Required<ServiceLimits>) {
  const id: JsonSchema = { type: ['string', 'integer'], maxLength: limits.idLength }
  const ids: JsonSchema = { type: 'array', items: id, maxItems: limits.candidates }
  const k: JsonSchema = { type: 'integer', minimum: 0, maximum: limits.k, default: 10 }
  const text: JsonSchema = { type: 'string', minLength: 1, maxLength: limits.textLength }
  const titles: JsonSchema = {
    type: 'boolean',
    description: 'Adds the titles that the service was given.',
    default: false,
  }
  const filters: Record<string, JsonSchema> = {
    k,
    candidates: { ...ids, description: 'Rank these alone.' },
    minScore: { type: 'number' },
    fallback: { enum: ['popularity', 'none'] },
    unknown: { enum: ['error', 'ignore'], description: 'Of candidates and of a history that the model does not know.' },
  }
  const weight: JsonSchema = { type: 'number', minimum: -3e38, maximum: 3e38, description: 'Default 1.' }
  const entry: JsonSchema = { anyOf: [id, object({ item: id, weight }, ['item'])] }
  const exclude: JsonSchema = {
    anyOf: [{ enum: ['seen', 'none'] }, ids, object({ seen: { type: 'boolean' }, items: ids }, [])],
    default: 'seen',
  }
  const type: JsonSchema = { type: 'string', maxLength: limits.idLength, description: "What it was, such as 'view'." }
  const event = object({ user: id, item: id, weight, time: { type: 'integer' }, type }, ['user', 'item'])
  const contribution = object({ from: { type: 'string' }, id: ANY_ID, contribution: { type: 'number' } })
  return {
    '/recommend': {
      summary: 'The best items for a user, or for a history of somebody who is in no log.',
      body: object(
        {
          user: id,
          history: { type: 'array', items: entry, maxItems: limits.history },
          ...filters,
          exclude,
          reasons: {
            type: 'boolean',
            description: 'Adds what each score is made of, where the model tells.',
            default: false,
          },
          titles,
        },
        [],
      ),
      answer: ITEMS,
    },
    '/cascade': {
      summary: 'A list made in stages: retrieval, ranking, re-ranking, with what each did.',
      body: object(
        { user: id, history: { type: 'array', items: entry, maxItems: limits.history }, query: text, k, exclude: ids },
        [],
      ),
      answer: object({
        items: { type: 'array', items: object({ item: ANY_ID, score: { type: 'number' }, reasons: REASONS }) },
        stages: { type: 'array', items: STAGE },
      }),
    },
    '/similar': {
      summary: 'The items most similar to one.',
      body: object({ item: id, ...filters, titles }, ['item']),
      answer: ITEMS,
    },
    '/score': {
      summary: 'One score per item for a user; null for an item that the model does not know, under unknown: nan.',
      body: object({ user: id, items: ids, unknown: { enum: ['error', 'nan'] } }, ['user', 'items']),
      answer: object({ scores: { type: 'array', items: { type: ['number', 'null'] } }, version: VERSION }),
    },
    '/search': {
      summary: 'The items whose texts are nearest to a text.',
      body: object({ text, k, titles }, ['text']),
      answer: ITEMS,
    },
    '/readers': {
      summary:
        'Users of the log who would like an item with this text: by the vector that the model makes of it, else those of the items nearest to it.',
      body: object({ text, k }, ['text']),
      answer: READERS,
    },
    '/events': {
      summary: 'Interactions. Answered once they are durable; the next list knows them.',
      body: { type: 'array', items: event, minItems: 1, maxItems: limits.events } as JsonSchema,
      answer: object({ accepted: { type: 'integer' } }),
      status: 202,
    },
    '/embed': {
      summary: 'One vector per text.',
      body: object({ texts: { type: 'array', items: text, minItems: 1, maxItems: limits.texts } }),
      answer: object({
        vectors: { type: 'array', items: { type: 'array', items: { type: 'number' } } },
        truncated: { type: 'array', items: { type: 'boolean' } },
      }),
    },
    '/explain': {
      summary: 'The parts of the score of an item for a user.',
      body: object({ user: id, item: id, k }, ['user', 'item']),
      answer: object({
        score: { type: 'number' },
        contributions: { type: 'array', items: contribution },
        rest: { type: 'number' },
        reasons: REASONS,
        version: VERSION,
      }),
    },
    '/history': {
      summary: 'What a user has had, the last `k` in the order of the model.',
      body: object({ user: id, k, titles }, ['user']),
      answer: object({
        items: { type: 'array', items: object({ item: ANY_ID, title: { type: 'string' } }, ['item']) },
        version: VERSION,
      }),
    },
  } satisfies Record<string, RouteSchema>
}

/** A path of {@link routeSchemas}. */
export type BodyRoute = keyof ReturnType<typeof routeSchemas>
