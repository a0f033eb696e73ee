/**
 * Recommendations while the request waits: features, events, exploration, and a service. From `'kindred'` or `'kindred/serve'`.
 * @module serve
 */

export * from './batching/index.js'
export * from './cache/index.js'
export * from './features/index.js'
