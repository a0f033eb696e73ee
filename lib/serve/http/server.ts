import type { AddressInfo, Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { checkBoolean, checkInteger, checkOneOf, checkOptions, checkString } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { untilAborted } from '../../native/native-call.js'
import { HttpError } from './http-errors.js'
import { kindredPlugin, sendError } from './plugin.js'
import { checkService, SERVICE_OPTIONS, type ServiceOptions } from './service-options.js'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** Options of {@link RecommendationServer.start}. */
export interface ServerOptions extends ServiceOptions {
  /** Where it listens; 0 takes a free one. Default 0. */
  port?: number
  /** The address it listens at. One that other machines reach needs `tokens`. Default '127.0.0.1'. */
  host?: string
  /**
   * What is logged, as lines of JSON on standard error: 'info' tells starts, ends and reloads, 'debug' every answer with its
   * route, status and time. Never an id or a text. Default 'warn'.
   */
  logLevel?: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  /** Whether a proxy before it tells the address of clients, by X-Forwarded-For, which `rateLimit` counts by. Default false. */
  trustProxy?: boolean
  /** Ends the start; a server that has started is ended by {@link RecommendationServer.close}. */
  signal?: AbortSignal
}

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

/** Of a request that is no HTTP, or whose headers or body come too slowly. */
function refuseClient(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const isSlow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const isLong = error.code === 'HPE_HEADER_OVERFLOW'
  const status = isSlow ? '408 Request Timeout' : isLong ? '431 Request Header Fields Too Large' : '400 Bad Request'
  const body = JSON.stringify(
    isSlow
      ? { code: 'ERR_TIMEOUT', message: 'The request came too slowly.' }
      : {
          code: 'ERR_VALUE',
          message: isLong ? 'headers: larger than this service takes.' : 'Expected an HTTP request.',
        },
  )
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

/** Lines that tell what happened, and nothing of who asked for what. */
const SERIALIZERS = {
  req: ({ method }: { method?: string }) => ({ method }),
  res: ({ statusCode }: { statusCode?: number }) => ({ statusCode }),
  err: ({ code, stack }: { code?: unknown; stack?: string }) => ({ code, stack }),
}

/** @internal A Fastify application with the routes of a service, not yet listening. */
export async function createApplication(
  options: ServiceOptions,
  { logLevel, trustProxy }: { logLevel: string; trustProxy: boolean },
): Promise<FastifyInstance> {
  const { limits } = checkService(options)
  const { fastify, LogController } = await import('fastify')
  const { default: pino } = await import('pino')
  const milliseconds = limits.milliseconds
  const app = fastify({
    loggerInstance: pino({ level: logLevel, base: undefined, serializers: SERIALIZERS }, pino.destination(2)),
    // Lines name no request, so that none needs a logger of its own.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytes,
    requestTimeout: milliseconds,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    // Requests on connections that are open already are answered, not refused, until these end.
    return503OnClosing: false,
    trustProxy,
    http: { headersTimeout: milliseconds, connectionsCheckingInterval: Math.min(1000, milliseconds) },
    clientErrorHandler: refuseClient,
    frameworkErrors: sendError,
  }) as unknown as FastifyInstance
  app.setErrorHandler(sendError)
  app.setNotFoundHandler((request, reply) => {
    sendError(
      new HttpError('ERR_NOT_FOUND', 'path: expected a route of this service; /docs lists them.'),
      request,
      reply,
    )
  })
  await app.register(kindredPlugin, options)
  await app.ready()
  return app
}

/**
 * A service over HTTP. What it answers is described at its `/docs`, and in the guide "Serving".
 *
 * ```js
 * const server = await RecommendationServer.start({ model, port: 8080 })
 * await server.close()
 * ```
 */
export class RecommendationServer implements AsyncDisposable {
  readonly #app: FastifyInstance
  #closing: Promise<void> | undefined
  /** Where it is reached, such as 'http://127.0.0.1:8080'. */
  readonly url: string

  private constructor(app: FastifyInstance, url: string) {
    this.#app = app
    this.url = url
  }

  /**
   * Starts to listen.
   * @throws ERR_VALUE for an illegal option, or a host that others reach without tokens; ERR_SHAPE for features of another
   * embedder; ERR_IO where the port is taken or not permitted; ERR_ABORTED
   */
  static async start(options: ServerOptions): Promise<RecommendationServer> {
    options = checkOptions('RecommendationServer.start', options, [
      ...SERVICE_OPTIONS,
      'port',
      'host',
      'logLevel',
      'trustProxy',
      'signal',
    ])
    const { port: wanted = 0, host = '127.0.0.1', logLevel = 'warn', trustProxy = false, signal, ...service } = options
    const port = checkInteger('port', wanted, { min: 0, max: 65535 })
    checkOneOf('logLevel', logLevel, LOG_LEVELS)
    if (!isLoopback(checkString('host', host)) && options.tokens === undefined)
      throw new KindredError('ERR_VALUE', `host: other machines reach ${host}, so tokens are needed. Give tokens.`)
    throwIfAborted(signal)
    const app = await createApplication(service, { logLevel, trustProxy: checkBoolean('trustProxy', trustProxy) })
    try {
      throwIfAborted(signal)
      await app.listen({ port, host })
    } catch (cause) {
      await app.close()
      if (cause instanceof KindredError) throw cause
      throw new KindredError('ERR_IO', `${host}:${port}: cannot be listened at (${(cause as Error).message}).`, {
        cause,
      })
    }
    const { address, port: taken, family } = app.server.address() as AddressInfo
    return new RecommendationServer(app, `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`)
  }

  /**
   * Takes no more connections, answers the requests under way, and ends. Idempotent.
   * @throws ERR_ABORTED once `signal` fires: it goes on ending, but is not waited for
   */
  async close(options: AbortOptions = {}): Promise<void> {
    const { signal } = checkOptions('RecommendationServer.close', options, ['signal'])
    this.#closing ??= this.#end()
    await untilAborted(this.#closing, signal)
  }

  async #end(): Promise<void> {
    // Connections that are answered while it ends would be kept for their next request.
    const timer = setInterval(() => this.#app.server.closeIdleConnections(), 20)
    await this.#app.close().finally(() => clearInterval(timer))
  }

  /** The same as {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

guardReceivers(RecommendationServer)
