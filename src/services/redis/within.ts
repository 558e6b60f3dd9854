/** Rejects where the answer takes longer than so many milliseconds. */
export function within<T>(answer: Promise<T>, timeout: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${timeout} ms`)), timeout)
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
