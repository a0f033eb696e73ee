import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { checkOptions } from '../../native/argument-checks.js'
import { Deadlines } from './deadlines.js'
import { errorAnswer, HttpError } from './http-errors.js'
import { type JsonSchema, schemaCompiler } from './json-schema.js'
import { createMetrics, type Metrics } from './metrics.js'
import { addOpenApi } from './open-api.js'
import { addPage } from './page/page.js'
import { type BodyRoute, ERROR_BODY, type RouteSchema, routeSchemas, STATE_BODY } from './schemas.js'
import { type PlainList, type RecommendBody, Service } from './service.js'
import { type CheckedOptions, checkService, SERVICE_OPTIONS, type ServiceOptions } from './service-options.js'
import { createTraces, type Traced } from './traces.js'

/** Options of {@link kindredPlugin}: those of the service, and where Fastify puts its routes. */
export interface KindredPluginOptions extends ServiceOptions {
  /** Before the path of every route, such as '/recommendations'. */
  prefix?: string
}

const JSON_TYPE = 'application/json; charset=utf-8'
/** Routes that tell nothing but that the service is there, open to load balancers without a token. */
const OPEN = new Set(['/health', '/ready', '/'])

/** What the routes share. */
interface Routing {
  service: Service
  options: CheckedOptions
  metrics: Metrics
  traced: Traced
  deadlines: Deadlines
}

type Answering = (body: never, signal: AbortSignal) => Promise<unknown>

function answersOf(service: Service): Record<BodyRoute, Answering> {
  return {
    '/recommend': (body, signal) => service.recommend(body, signal),
    '/cascade': (body, signal) => service.cascade(body, signal),
    '/similar': (body, signal) => service.similar(body, signal),
    '/score': (body, signal) => service.score(body, signal),
    '/search': (body, signal) => service.search(body, signal),
    '/readers': (body, signal) => service.readers(body, signal),
    '/events': (body, signal) => service.events(body, signal),
    '/embed': (body, signal) => service.embed(body, signal),
    '/explain': (body, signal) => service.explain(body, signal),
    '/history': (body) => service.history(body),
  }
}

/** The schemas of a route's answers, which Fastify compiles into serialisers and OpenAPI shows. */
const responses = (status: number, answer: JsonSchema) => ({ [status]: answer, '4xx': ERROR_BODY, '5xx': ERROR_BODY })

/** A list of one user, out of the cache at once, or computed and kept there as it was sent. */
function answerList(routing: Routing, body: RecommendBody, reply: FastifyReply): unknown {
  const { service, deadlines } = routing
  const plain = service.plainList(body)
  if (plain === undefined) return service.recommend(body, deadlines.signal)
  if (typeof plain === 'string') return reply.type(JSON_TYPE).send(plain)
  return computeList(routing, plain, reply)
}

async function computeList(routing: Routing, plain: PlainList, reply: FastifyReply): Promise<FastifyReply> {
  const { service, deadlines } = routing
  const { key, state, user, k } = plain
  const items = await service.gatherer.list(state.model, user, { k, exclude: 'seen', signal: deadlines.signal })
  const text = reply.serialize({ items, version: state.version }) as string
  service.cache.set(state, key, text)
  return reply.type(JSON_TYPE).send(text)
}

function addBodyRoutes(instance: FastifyInstance, routing: Routing): void {
  const { service, options, metrics, traced, deadlines } = routing
  const schemas: Record<BodyRoute, RouteSchema> = routeSchemas(options.limits)
  const answers = answersOf(service)
  for (const url of Object.keys(schemas) as BodyRoute[]) {
    const { summary, body, answer, status = 200 } = schemas[url]
    const call = answers[url]
    const answered = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const given = await call(request.body as never, deadlines.signal)
      if (url === '/events') metrics.events((given as { accepted: number }).accepted)
      if (status !== 200) reply.code(status)
      return given
    }
    const listed = (request: FastifyRequest, reply: FastifyReply) =>
      answerList(routing, request.body as RecommendBody, reply)
    const handle = url === '/recommend' ? listed : answered
    instance.post(
      url,
      { schema: { summary, body, response: responses(status, answer) }, bodyLimit: options.limits.bodyBytes },
      options.traces ? (request, reply) => traced(url, async () => handle(request, reply)) : handle,
    )
  }
}

function addStateRoutes(instance: FastifyInstance, { service, options, metrics }: Routing): void {
  let isClosing = false
  instance.addHook('preClose', async () => {
    isClosing = true
  })
  const state = (summary: string) => ({ schema: { summary, response: responses(200, STATE_BODY) } })
  instance.get('/health', state('Whether the process answers.'), async () => ({
    status: 'ok',
    version: options.source.version,
  }))
  instance.get('/ready', state('Whether requests should come here: 503 while it closes.'), async (_, reply) => {
    if (!isClosing && service.state.model.items.size > 0) return { status: 'ready', version: options.source.version }
    return reply.code(503).send({ code: 'ERR_OVERLOADED', message: 'This service is about to end.' })
  })
  instance.get('/metrics', { schema: { summary: 'Counters in the format of Prometheus.' } }, async (_, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  )
  const { reload } = options
  if (reload === undefined) return
  const summary = 'Loads the model again from its folder. Requests under way keep the one they have.'
  instance.post('/reload', { schema: { summary, response: responses(200, STATE_BODY) } }, async () => {
    await reload().then(
      () => metrics.reloaded(true),
      (error) => {
        metrics.reloaded(false)
        throw error
      },
    )
    return { status: 'reloaded', version: options.source.version }
  })
}

/** Bodies are JSON and nothing else, checked by the same compiled schemas whatever Fastify they come through. */
async function useOwnChecks(instance: FastifyInstance): Promise<void> {
  const compileSchema = await schemaCompiler()
  instance.removeContentTypeParser('text/plain')
  instance.setValidatorCompiler(({ schema, httpPart }) => {
    const check = compileSchema(schema as JsonSchema, httpPart ?? 'body')
    return (value: unknown) => {
      const error = check(value)
      return error === undefined ? { value } : { error }
    }
  })
}

function addHooks(instance: FastifyInstance, { options, metrics }: Routing): void {
  const { isAllowed } = options
  const prefix = instance.prefix
  const routeOf = (request: FastifyRequest) => (request.routeOptions.url ?? 'none').slice(prefix.length) || '/'
  if (isAllowed !== undefined)
    instance.addHook('onRequest', (request, reply, done) => {
      if (OPEN.has(routeOf(request)) || isAllowed(request.headers.authorization)) return done()
      reply.header('www-authenticate', 'Bearer')
      done(new HttpError('ERR_UNAUTHORIZED', 'authorization: expected "Bearer" and a token of this service.'))
    })
  instance.addHook('onResponse', (request, reply, done) => {
    metrics.answered(routeOf(request), reply.statusCode, reply.elapsedTime / 1000)
    request.log.debug(
      { route: routeOf(request), status: reply.statusCode, milliseconds: reply.elapsedTime },
      'answered',
    )
    done()
  })
}

/** @internal Answers an error as `{ code, message }`; one that is the service's own fault is logged. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, body } = errorAnswer(error)
  if (status === 500) request.log.error({ code: body.code, stack: (error as Error).stack }, 'failed')
  if (status === 503) reply.header('retry-after', '1')
  reply.code(status).type(JSON_TYPE).send(body)
}

async function addRoutes(instance: FastifyInstance, options: CheckedOptions): Promise<void> {
  const { source, limits, cachedLists, embedder, features, titles, cascade, rateLimit } = options
  const service = new Service({ source, limits, cachedLists, embedder, features, titles, cascade })
  await service.prepare()
  const metrics = await createMetrics({
    hits: () => service.cache.hits,
    misses: () => service.cache.misses,
    waiting: () => service.gatherer.waiting,
    version: () => source.version,
  })
  const deadlines = new Deadlines(limits.milliseconds)
  const routing: Routing = { service, options, metrics, traced: await createTraces(options.traces), deadlines }
  instance.addHook('onClose', async () => {
    deadlines.close()
    metrics.close()
    service.dispose()
  })
  instance.setErrorHandler(sendError)
  await useOwnChecks(instance)
  if (rateLimit !== undefined) {
    const { default: limiter } = await import('@fastify/rate-limit')
    await instance.register(limiter, {
      max: rateLimit.max,
      timeWindow: rateLimit.milliseconds,
      allowList: (request) => /\/(health|ready)$/.test(request.routeOptions.url ?? ''),
      errorResponseBuilder: (_, { max, after }) =>
        new HttpError('ERR_RATE_LIMIT', `More than ${max} requests from one address. Try again in ${after}.`),
    })
  }
  addHooks(instance, routing)
  await addOpenApi(instance)
  addBodyRoutes(instance, routing)
  addStateRoutes(instance, routing)
  if (options.page) addPage(instance, service, options.isAllowed !== undefined)
}

/**
 * The routes of a service as a Fastify plugin: `app.register(kindredPlugin, { model, prefix: '/recommendations' })`. Its
 * checks, errors, limits and hooks hold for its own routes alone. Closing the application ends what it holds, not the model, the
 * embedder, or a log.
 * @param instance of Fastify 5; declared as an object, so that declarations of Fastify are not needed to compile
 * @throws ERR_VALUE for an illegal option, ERR_SHAPE for features of another embedder, as errors of `register`
 */
export function kindredPlugin(instance: object, options: KindredPluginOptions, done: (error?: Error) => void): void {
  options = checkOptions('kindredPlugin', options, [...SERVICE_OPTIONS, 'prefix'])
  const checked = checkService(options)
  addRoutes(instance as FastifyInstance, checked).then(() => done(), done)
}
