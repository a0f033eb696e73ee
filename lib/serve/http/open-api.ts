import type { FastifyInstance } from 'fastify'
import { escapeMarkup } from '../../data/escape-markup.js'

/** The part of an OpenAPI document that the page of /docs shows. */
interface Described {
  paths?: Record<
    string,
    Record<string, { summary?: string; requestBody?: { content?: Record<string, { schema?: unknown }> } }>
  >
}

const STYLE =
  'body{font:15px system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}pre{background:#8881;padding:1rem;overflow:auto}:root{color-scheme:light dark}'

function docsPage({ paths = {} }: Described): string {
  const parts = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary = '', requestBody }]) => {
      const schema = requestBody?.content?.['application/json']?.schema
      const body =
        schema === undefined ? '' : `<pre>${escapeMarkup(JSON.stringify(schema, null, 1)).replace(/ {2,}/g, ' ')}</pre>`
      return `<h2>${escapeMarkup(`${method.toUpperCase()} ${path}`)}</h2><p>${escapeMarkup(summary)}</p>${body}`
    }),
  )
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>kindred: routes</title><style>${STYLE}</style></head><body><h1>Routes</h1>${parts.join('\n')}</body></html>`
}

/** Describes the routes that are added to `instance` from now on, at /docs: as JSON, or as a page to whoever accepts HTML. */
export async function addOpenApi(instance: FastifyInstance): Promise<void> {
  // An application that describes its own routes describes these as well.
  if (!instance.hasDecorator('swagger')) {
    const { default: swagger } = await import('@fastify/swagger')
    await instance.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'kindred', description: 'Recommendations from a trained model.', version: '1' },
        components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      },
    })
  }
  instance.get(
    '/docs',
    { schema: { summary: 'This description, as OpenAPI or as a page.' } },
    async (request, reply) => {
      const described = instance.swagger()
      if (!/text\/html/.test(request.headers.accept ?? '')) return reply.send(described)
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
        .header('x-content-type-options', 'nosniff')
        .send(docsPage(described as Described))
    },
  )
}
