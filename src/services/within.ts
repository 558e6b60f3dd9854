/**
 * Rejects where the answer takes longer than so many milliseconds, with an error of this kind. A thread that was itself held up for that
 * long finds the timer before what has come meanwhile, which is read first: its own lateness is not that of the server.
 */
export function within<T>(
  answer: Promise<T>,
  timeout: number,
  Late: new (message: string) => Error = Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Late(`no answer within ${timeout} ms`))
    const timer = setTimeout(() => setImmediate(late), timeout)
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
