/**
 * Recommendations while the request waits: features, events, exploration, and a service. From `'kindred'` or `'kindred/serve'`.
 * @module serve
 */

export * from './bandits/index.js'
export * from './batching/index.js'
export * from './cache/index.js'
export * from './cascade/index.js'
export * from './events/index.js'
export * from './features/index.js'
export * from './http/index.js'
export * from './live/index.js'
