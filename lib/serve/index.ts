/**
 * Recommendations while the request waits: features, events, exploration, and a service. From `'kindred'` or `'kindred/serve'`.
 * @module serve
 */

export * from './cascade/index.js'
