import type { RequestMessage } from '../verify/message-signature/message.ts'

/** A request as it is signed, of what is known where it is made or shown. `target` is its path and query. */
export function requestMessage(
  method: string,
  scheme: string,
  authority: string,
  target: string,
  fields: readonly string[],
): RequestMessage {
  const mark = target.indexOf('?')
  return {
    method,
    origin: `${scheme}://${authority}`,
    authority,
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? null : target.slice(mark + 1),
    requestTarget: target,
    fields,
  }
}
