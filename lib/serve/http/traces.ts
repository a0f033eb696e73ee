/** Runs a call in a span of OpenTelemetry named after a route. */
export type Traced = <T>(route: string, call: () => Promise<T>) => Promise<T>

/**
 * Spans of requests, by the provider that the application has registered with `@opentelemetry/api`; without one nothing is
 * recorded. Their attributes are the route and, of a failure, the code: no ids, no texts.
 * @param wanted whether spans are made at all
 */
export async function createTraces(wanted: boolean): Promise<Traced> {
  if (!wanted) return (_, call) => call()
  const { SpanKind, SpanStatusCode, trace } = await import('@opentelemetry/api')
  const tracer = trace.getTracer('kindred')
  return (route, call) =>
    tracer.startActiveSpan(`kindred ${route}`, { kind: SpanKind.SERVER, attributes: { 'http.route': route } }, (span) =>
      call()
        .catch((error: unknown) => {
          span.setStatus({ code: SpanStatusCode.ERROR })
          span.setAttribute('error.type', String((error as { code?: unknown }).code ?? 'ERR_INTERNAL'))
          throw error
        })
        .finally(() => span.end()),
    )
}
