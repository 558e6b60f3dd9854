import { afterReading } from './after-reading.ts'

/** Rejects where the answer takes longer than so many milliseconds, with an error of this kind. */
export function within<T>(
  answer: Promise<T>,
  timeout: number,
  Late: new (message: string) => Error = Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Late(`no answer within ${timeout} ms`))
    const timer = setTimeout(() => afterReading(late), timeout)
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
