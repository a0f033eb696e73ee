// Fastify alone, answering POST /recommend with a body like that of a service and a schema for it: the limit of its kind.
// node bare-fastify.mjs BODY
import Fastify from 'fastify'

const answer = JSON.parse(process.argv[2])
const number = { type: 'number' }
const item = { type: 'object', properties: { item: { type: ['string', 'integer'] }, score: number } }
const response = {
  200: { type: 'object', properties: { items: { type: 'array', items: item }, version: { type: 'string' } } },
}
const body = { type: 'object', properties: { user: { type: 'integer' }, k: { type: 'integer' } }, required: ['user'] }
const app = Fastify()
app.post('/recommend', { schema: { body, response } }, async () => answer)
console.log(JSON.stringify({ url: await app.listen({ port: 0, host: '127.0.0.1' }) }))
