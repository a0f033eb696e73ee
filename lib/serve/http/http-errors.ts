import { KindredError } from '../../native/errors.js'

/** Codes that are of HTTP alone, and their status. */
const HTTP_CODES = {
  ERR_UNAUTHORIZED: 401,
  ERR_NOT_FOUND: 404,
  ERR_METHOD: 405,
  ERR_TIMEOUT: 408,
  ERR_MEDIA_TYPE: 415,
  ERR_RATE_LIMIT: 429,
} as const

/** What a KindredError is in HTTP; 500 for those that are not the request's doing. */
const STATUS: Readonly<Record<string, number>> = {
  ERR_VALUE: 400,
  ERR_SHAPE: 400,
  ERR_DATA: 400,
  ERR_DUPLICATE: 400,
  ERR_UNKNOWN_ID: 404,
  ERR_TOO_LARGE: 413,
  ERR_NOT_SUPPORTED: 422,
  ERR_TRUNCATED: 422,
  ERR_RULES: 422,
  ERR_TIMEOUT: 503,
  ERR_OVERLOADED: 503,
  ERR_NOT_FITTED: 503,
  ERR_ABORTED: 503,
  ERR_DISPOSED: 503,
  ERR_RESOURCES: 503,
  ERR_OUT_OF_MEMORY: 503,
  ERR_ENCODER_DIED: 503,
  ERR_UNAVAILABLE: 503,
  ERR_IO: 503,
}

/** An error of HTTP itself, with its status. */
export class HttpError extends Error {
  readonly code: keyof typeof HTTP_CODES
  readonly statusCode: number

  constructor(code: keyof typeof HTTP_CODES, message: string) {
    super(message)
    this.name = 'HttpError'
    this.code = code
    this.statusCode = HTTP_CODES[code]
  }
}

/** What an error is as an answer. */
export interface ErrorAnswer {
  status: number
  body: { code: string; message: string }
}

/** Messages of Fastify's own errors in the words of this service, by their status. */
const OF_FASTIFY: Record<number, { code: string; message: string }> = {
  413: { code: 'ERR_TOO_LARGE', message: 'body: larger than this service takes. Send less at once.' },
  415: { code: 'ERR_MEDIA_TYPE', message: 'content-type: expected application/json.' },
}

/**
 * The answer that tells an error: 4xx with the reason where the request is at fault, 503 where another try may succeed, else
 * 500 without the message, which may tell of the machine.
 */
export function errorAnswer(error: unknown): ErrorAnswer {
  const { code, message, statusCode } = error as { code?: unknown; message?: unknown; statusCode?: unknown }
  if (error instanceof KindredError) {
    const status = STATUS[error.code]
    if (status === undefined) return { status: 500, body: { code: error.code, message: 'The service failed.' } }
    if (status !== 503 || error.code === 'ERR_OVERLOADED')
      return { status, body: { code: error.code, message: error.message } }
    return { status, body: { code: error.code, message: 'The service cannot answer now. Try again.' } }
  }
  if (error instanceof HttpError)
    return { status: error.statusCode, body: { code: error.code, message: error.message } }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return {
      status: statusCode,
      body: OF_FASTIFY[statusCode] ?? { code: 'ERR_VALUE', message: reasonOf(code, message) },
    }
  return { status: 500, body: { code: 'ERR_INTERNAL', message: 'The service failed.' } }
}

/** Fastify's reason, or that of the JSON parser without what it quotes of the body. */
function reasonOf(code: unknown, message: unknown): string {
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return 'body: expected JSON but received nothing.'
  if (code === 'FST_ERR_BAD_URL') return 'path: expected a URL but received what is none.'
  if (typeof message === 'string' && /prototype/.test(message)) return 'body: holds a key that objects are made by.'
  return 'body: expected JSON but received what is none.'
}
