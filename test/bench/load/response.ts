/**
 * The status of an answer once it is whole; undefined while more is to come. Reads what it must and no more: the answer
 * says its length (RFC 9112 §6.3). Throws where it does not, or where octets follow it that nobody asked for.
 */
export function readResponse(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const length = LENGTH.exec(text)
  if (length === null || length.index > head) throw new Error(`an answer without a length:\n${text}`)
  const whole = head + 4 + Number(length[1])
  if (text.length < whole) return undefined
  if (text.length > whole) throw new Error(`an answer that nobody asked for:\n${text.slice(whole)}`)
  return Number(text.slice(9, 12))
}

const LENGTH = /\r\ncontent-length: *(\d+)\r\n/i
