import type { FastifyInstance } from 'fastify'
import { checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { untilAborted } from '../../native/native-call.js'
import { createApplication } from './server.js'
import { SERVICE_OPTIONS, type ServiceOptions } from './service-options.js'

/** Options of {@link RequestHandler.create}. */
export interface RequestHandlerOptions extends ServiceOptions {
  /** Ends the making. */
  signal?: AbortSignal
}

/** The parts of a `Request` that are read. */
export interface HandledRequest {
  /** The whole URL. */
  readonly url: string
  /** GET or POST. */
  readonly method: string
  /** Names and values. */
  readonly headers: Iterable<[string, string]>
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal
  /** The body. */
  text(): Promise<string>
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/**
 * A service without a server: a function from the Fetch API's Request to its Response, which other frameworks call. It answers
 * what `RecommendationServer` answers. All requests count as of one address for `rateLimit`.
 *
 * ```js
 * const handler = await RequestHandler.create({ model })
 * const response = await handler.handle(new Request('http://shop/recommend', { method: 'POST', headers, body }))
 * ```
 */
export class RequestHandler implements AsyncDisposable {
  readonly #app: FastifyInstance
  #closing: Promise<void> | undefined

  private constructor(app: FastifyInstance) {
    this.#app = app
  }

  /** Makes a handler. @throws ERR_VALUE for an illegal option, ERR_SHAPE for features of another embedder, ERR_ABORTED */
  static async create(options: RequestHandlerOptions): Promise<RequestHandler> {
    options = checkOptions('RequestHandler.create', options, [...SERVICE_OPTIONS, 'signal'])
    const { signal, ...service } = options
    throwIfAborted(signal)
    return new RequestHandler(await createApplication(service, { logLevel: 'warn', trustProxy: false }))
  }

  /** The response to a request; errors are responses as well. Its path is that of the route. */
  handle = async (request: HandledRequest): Promise<Response> => {
    const { pathname, search } = new URL(request.url)
    const method = METHODS.find((one) => one === request.method) ?? 'OPTIONS'
    const answered = await this.#app.inject({
      method,
      url: pathname + search,
      headers: Object.fromEntries(request.headers),
      ...(method === 'GET' || method === 'HEAD' ? {} : { payload: await request.text() }),
    })
    const headers = new Headers()
    for (const [name, value] of Object.entries(answered.headers))
      if (value !== undefined && name !== 'content-length') headers.set(name, String(value))
    const isEmpty = method === 'HEAD' || answered.statusCode === 204
    return new Response(isEmpty ? null : answered.rawPayload, { status: answered.statusCode, headers })
  }

  /** Ends what it holds, not the model. Idempotent. @throws ERR_ABORTED once `signal` fires: it is not waited for */
  async close(options: AbortOptions = {}): Promise<void> {
    const { signal } = checkOptions('RequestHandler.close', options, ['signal'])
    this.#closing ??= this.#app.close()
    await untilAborted(this.#closing, signal)
  }

  /** The same as {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

guardReceivers(RequestHandler)
