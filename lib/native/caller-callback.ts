/**
 * Runs `work` with a callback of the caller's. What that throws is what the promise rejects with, the very same value,
 * whatever the code in between makes of errors; `work` gets it too, at this call of the callback and at every later one,
 * so that it ends and frees what it holds. A callback that gives a promise is not waited for before the end of `work`,
 * but a rejection of it counts as thrown.
 */
export async function withCallback<Argument, Result>(
  callback: ((argument: Argument) => void) | undefined,
  work: (callback: ((argument: Argument) => void) | undefined) => Promise<Result>,
): Promise<Result> {
  if (callback === undefined) return work(undefined)
  let thrown: { error: unknown } | undefined
  const pending: PromiseLike<unknown>[] = []
  const guarded = (argument: Argument) => {
    if (thrown === undefined)
      try {
        const given = callback(argument) as unknown
        if (isThenable(given)) pending.push(given.then(undefined, (error) => (thrown ??= { error })))
      } catch (error) {
        thrown = { error }
      }
    if (thrown !== undefined) throw thrown.error
  }
  try {
    return await work(guarded)
  } finally {
    await Promise.all(pending)
    // biome-ignore lint/correctness/noUnsafeFinally: the caller's error goes before what became of it
    if (thrown !== undefined) throw (thrown as { error: unknown }).error
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function'
}
