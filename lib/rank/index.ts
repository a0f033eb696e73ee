/**
 * Lists ranked anew: rules, diversity, calibration. From `'kindred'` or `'kindred/rank'`.
 * @module rank
 */

export {}
