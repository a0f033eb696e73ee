import type { RedisClientType } from 'redis'
import { KindredError } from '../../native/errors.js'
import { untilAborted } from '../../native/native-call.js'
import type { FeatureReason, OpenRedisOptions } from './feature-store-options.js'

/** A command: its name and what it is given. */
export type RedisCommand = readonly (string | Buffer)[]

/** Why a command was not answered. */
export interface Unanswered {
  readonly reason: Exclude<FeatureReason, 'absent' | 'expired' | 'corrupt'>
  readonly cause: Error
}

type Client = Pick<RedisClientType, 'connect' | 'destroy' | 'isReady' | 'on' | 'once'> & {
  sendCommand(command: readonly (string | Buffer)[], options: object): Promise<unknown>
}

/** How long an unanswering connection is kept, in units of the time that one command may take. */
const SILENT_TIMEOUTS = 10
const LEAST_SILENCE_MS = 500
const LONGEST_PAUSE_MS = 1000

/** What the connection has met. */
export interface ConnectionCounts {
  answered: number
  timeouts: number
  disconnected: number
  overloaded: number
  refused: number
  connections: number
}

async function loadRedis(): Promise<typeof import('redis')> {
  return import('redis').catch((cause: Error) => {
    throw new KindredError('ERR_NOT_SUPPORTED', `The package redis cannot be loaded: ${cause.message}`, { cause })
  })
}

/**
 * One connection that is made again whenever it ends, and that no command waits for longer than its timeout: not for a lost
 * connection, nor for a server that is silent.
 */
export class RedisConnection {
  readonly #options: OpenRedisOptions
  readonly #redis: typeof import('redis')
  #client: Client | undefined
  #pending = 0
  #heardAt = performance.now()
  readonly counts: ConnectionCounts = {
    answered: 0,
    timeouts: 0,
    disconnected: 0,
    overloaded: 0,
    refused: 0,
    connections: 0,
  }
  /** What went wrong last. */
  lastError: Error | undefined

  private constructor(options: OpenRedisOptions, redis: typeof import('redis')) {
    this.#options = options
    this.#redis = redis
    this.#connect()
  }

  /** Waits for the connection, no longer than it may take. @throws ERR_NOT_SUPPORTED without the package redis, ERR_ABORTED */
  static async open(options: OpenRedisOptions, signal: AbortSignal | undefined): Promise<RedisConnection> {
    const connection = new RedisConnection(options, await loadRedis())
    const client = connection.#client!
    let timer: NodeJS.Timeout | undefined
    try {
      const ready = new Promise<void>((resolve) => {
        if (client.isReady) resolve()
        else client.once('ready', () => resolve())
        timer = setTimeout(resolve, options.connectTimeoutMs)
      })
      await untilAborted(ready, signal)
      return connection
    } catch (error) {
      connection.dispose()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  get isConnected(): boolean {
    return this.#client?.isReady === true
  }

  #connect(): void {
    const { redis: url, connectTimeoutMs } = this.#options
    const client = this.#redis.createClient({
      url,
      disableOfflineQueue: true,
      socket: {
        connectTimeout: connectTimeoutMs,
        reconnectStrategy: (retries: number) => Math.min(20 * 2 ** Math.min(retries, 10), LONGEST_PAUSE_MS),
      },
    }) as unknown as Client
    client.on('error', (error: Error) => {
      this.lastError = error
    })
    client.on('ready', () => {
      this.counts.connections++
      this.#heardAt = performance.now()
    })
    this.#client = client
    client.connect().catch((error: Error) => {
      this.lastError = error
    })
  }

  /** The answer, strings as buffers, or why there is none. @throws ERR_DISPOSED, ERR_ABORTED */
  async send(command: RedisCommand, signal: AbortSignal | undefined): Promise<{ answer: unknown } | Unanswered> {
    const client = this.#client
    if (client === undefined) throw new KindredError('ERR_DISPOSED', 'This FeatureStore has been disposed of.')
    if (!client.isReady) return this.#unanswered('disconnected', this.lastError ?? new Error('there is no connection'))
    if (this.#pending >= this.#options.maxPending)
      return this.#unanswered('overloaded', new Error(`${this.#pending} calls wait for an answer`))
    const outcome = this.#answerOf(client, command)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<Unanswered>((resolve) => {
      timer = setTimeout(() => {
        this.#renewSilent(client)
        resolve({ reason: 'timeout', cause: new Error(`no answer within ${this.#options.timeoutMs} ms`) })
      }, this.#options.timeoutMs)
    })
    try {
      const first = await untilAborted(Promise.race([outcome, late]), signal)
      if ('answer' in first) {
        this.counts.answered++
        return first
      }
      if (this.#client === undefined) throw new KindredError('ERR_DISPOSED', 'This FeatureStore has been disposed of.')
      return this.#unanswered(first.reason, first.cause)
    } finally {
      clearTimeout(timer)
    }
  }

  async #answerOf(client: Client, command: RedisCommand): Promise<{ answer: unknown } | Unanswered> {
    this.#pending++
    try {
      const typeMapping = { [this.#redis.RESP_TYPES.BLOB_STRING]: Buffer }
      const answer = await client.sendCommand(command, { typeMapping })
      this.#heardAt = performance.now()
      return { answer }
    } catch (cause) {
      const error = cause as Error
      const isReply = error instanceof this.#redis.ErrorReply
      if (isReply) this.#heardAt = performance.now()
      return { reason: isReply ? 'refused' : 'disconnected', cause: error }
    } finally {
      this.#pending--
    }
  }

  #unanswered(reason: Unanswered['reason'], cause: Error): Unanswered {
    this.counts[reason === 'timeout' ? 'timeouts' : reason]++
    this.lastError = cause
    return { reason, cause }
  }

  /** Gives up a connection on which nothing has come for long: its other end may be gone without a word. */
  #renewSilent(client: Client): void {
    const longest = Math.max(LEAST_SILENCE_MS, SILENT_TIMEOUTS * this.#options.timeoutMs)
    if (client !== this.#client || performance.now() - this.#heardAt < longest) return
    client.destroy()
    this.#connect()
  }

  /** Ends the connection; calls under way throw ERR_DISPOSED. Idempotent. */
  dispose(): void {
    const client = this.#client
    this.#client = undefined
    if (client !== undefined) closeClient(client)
  }
}

/** A client that never connected is already closed, which it throws for. */
function closeClient(client: Client): void {
  try {
    client.destroy()
  } catch {}
}
