/**
 * Counts of times at a relative error of at most 1 / 1024, in constant memory, as HdrHistogram keeps them (Tene 2012): buckets
 * of twice the width of the one before, each of 1024 equal parts.
 */
export class HdrHistogram {
  #counts = new Float64Array(1024 * 44)
  count = 0
  max = 0
  sum = 0

  /** @param value a time in whole or broken microseconds, at least 0 */
  record(value) {
    const whole = Math.max(0, Math.round(value))
    this.#counts[placeOf(whole)]++
    this.count++
    this.sum += whole
    if (whole > this.max) this.max = whole
  }

  /** The least recorded time, up to the error, that `percent` of all are not above. 0 of none. */
  percentile(percent) {
    const wanted = Math.max(1, Math.ceil((percent / 100) * this.count))
    let seen = 0
    for (let place = 0; place < this.#counts.length; place++) {
      seen += this.#counts[place]
      if (seen >= wanted) return Math.min(this.max, highestAt(place))
    }
    return 0
  }

  get mean() {
    return this.count === 0 ? 0 : this.sum / this.count
  }
}

/** Values below 2048 have places of their own; above, the 11 leading bits decide. */
function placeOf(value) {
  if (value < 2048) return value
  const shift = Math.floor(Math.log2(value)) - 10
  return 1024 * shift + Math.floor(value / 2 ** shift)
}

/** The greatest value that has this place. */
function highestAt(place) {
  if (place < 2048) return place
  const shift = Math.floor(place / 1024) - 1
  return (place - 1024 * shift + 1) * 2 ** shift - 1
}
