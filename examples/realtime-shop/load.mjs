// Requests at a rate, whatever the answers do: a latency counts from the time at which a request should have started.
import { randomOf } from '../shop-features/random.mjs'

const HEADERS = { 'content-type': 'application/json' }

/** Asks a service. @throws for any other status than 200 and 202 */
export async function post(url, route, body) {
  const response = await fetch(url + route, { method: 'POST', headers: HEADERS, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`)
  return response.json()
}

/** The value that `percent` of the numbers are not above. */
export function percentile(numbers, percent) {
  const sorted = Float64Array.from(numbers).sort()
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]
}

/**
 * @param urls services that take turns
 * @param next gives the route and the body of the next request
 * @returns latencies in milliseconds, and the number of requests that failed
 */
export async function load(urls, { count, perSecond, seed }, next) {
  const random = randomOf(seed)
  const begin = performance.now()
  const latencies = []
  let failed = 0
  const asked = []
  for (let n = 0; n < count; n++) {
    const due = begin + (1000 * n) / perSecond
    while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, due - performance.now()))
    const { route, body } = next(random)
    asked.push(
      post(urls[n % urls.length], route, body).then(
        () => latencies.push(performance.now() - due),
        () => failed++,
      ),
    )
  }
  await Promise.all(asked)
  return { p50: percentile(latencies, 50), p99: percentile(latencies, 99), failed }
}
