import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

/** What is counted outside of requests, read when metrics are asked for. */
export interface Gauges {
  /** Answers of the cache of lists, and answers computed. */
  hits(): number
  misses(): number
  /** Requests that wait for a list. */
  waiting(): number
  /** The version of the model. */
  version(): string
}

/** Seconds; from an answer out of the cache to the limit of a request. */
const BUCKETS = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

/** Counters of a service in the format of Prometheus. No label has an id or a text. */
export interface Metrics {
  readonly contentType: string
  /** Counts an answer. */
  answered(route: string, status: number, seconds: number): void
  /** Counts events that were accepted. */
  events(count: number): void
  /** Counts a reload of the model. */
  reloaded(isDone: boolean): void
  text(): Promise<string>
  close(): void
}

/** Makes the counters of one service, in a registry of its own. */
export async function createMetrics(gauges: Gauges): Promise<Metrics> {
  const { Counter, Gauge, Histogram, Registry } = await import('prom-client')
  const registry = new Registry()
  const registers = [registry]
  const seconds = new Histogram({
    name: 'kindred_request_seconds',
    help: 'Time from the request to its answer.',
    labelNames: ['route'] as const,
    buckets: BUCKETS,
    registers,
  })
  const answers = new Counter({
    name: 'kindred_answers_total',
    help: 'Answers by route and status.',
    labelNames: ['route', 'status'] as const,
    registers,
  })
  const events = new Counter({ name: 'kindred_events_total', help: 'Events accepted, durably.', registers })
  const reloads = new Counter({
    name: 'kindred_reloads_total',
    help: 'Reloads of the model by outcome.',
    labelNames: ['outcome'] as const,
    registers,
  })
  const delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const read = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value())
      },
    })
  read('kindred_cache_hits', 'Lists that the cache gave.', gauges.hits)
  read('kindred_cache_misses', 'Lists that were computed.', gauges.misses)
  read('kindred_waiting_requests', 'Requests that wait for a list.', gauges.waiting)
  read(
    'kindred_event_loop_delay_max_seconds',
    'The longest delay of the event loop since the start.',
    () => delay.max / 1e9,
  )
  read('kindred_event_loop_delay_p99_seconds', 'The 99th percentile of that delay.', () => delay.percentile(99) / 1e9)
  read('kindred_resident_bytes', 'Resident memory of the process.', () => process.memoryUsage.rss())
  new Gauge({
    name: 'kindred_model_info',
    help: 'The version of the model, as a label.',
    labelNames: ['version'] as const,
    registers,
    collect() {
      this.reset()
      this.set({ version: gauges.version() }, 1)
    },
  })
  // Looked up once for each route and status, not for each answer.
  const observers = new Map<string, { observe(value: number): void }>()
  const counters = new Map<string, { inc(): void }>()
  return {
    contentType: registry.contentType,
    answered(route, status, time) {
      const observer = observers.get(route) ?? seconds.labels({ route })
      observers.set(route, observer)
      observer.observe(time)
      const key = `${status} ${route}`
      const counter = counters.get(key) ?? answers.labels({ route, status: String(status) })
      counters.set(key, counter)
      counter.inc()
    },
    events: (count) => events.inc(count),
    reloaded: (isDone) => reloads.inc({ outcome: isDone ? 'done' : 'failed' }),
    text: () => registry.metrics(),
    close: () => delay.disable(),
  }
}
