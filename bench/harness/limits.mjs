/** The rate of a call of `work` that takes `ms`, and its share of what the machine can do at most. */
export function limits(ms, { operations, bytes, kind = 'f32' }, threads, probe) {
  const rates = { gops: (1e-6 * operations) / ms, gigabytesPerSecond: (1e-6 * bytes) / ms }
  const [compute, read] = [probe.roof(kind, threads), probe.roof('read', threads)]
  return {
    ...rates,
    ...(compute && { computeShare: rates.gops / compute }),
    ...(read && { readShare: rates.gigabytesPerSecond / read }),
  }
}

/**
 * Rows of compete with what each reached of the roofs, which are known best when all is measured: `limit` beside `work`.
 */
export const withLimits = (rows, probe) =>
  rows.map((row) => {
    const { work, ours } = row
    return work && ours.ms > 0 ? { ...row, limit: limits(ours.ms, work, ours.configuration.threads, probe) } : row
  })
