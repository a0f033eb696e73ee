/**
 * Tables and vectors made ready for models: scaled, encoded, selected, reduced, fused. From `'kindred'` or
 * `'kindred/features'`.
 * @module features
 */

export {}
