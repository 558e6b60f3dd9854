import type { RequestMessage, ResponseMessage } from '../../src/verify/message-signature/message.ts'

/** The fields of a message in HTTP/1.1 text: flat, folds left in. */
export function fieldsOf(text: string): string[] {
  const [head] = text.split(/\r?\n\r?\n/, 1) as [string]
  const lines = head
    .replace(/\r?\n(?=[ \t])/g, '\u0000')
    .split(/\r?\n/)
    .slice(1)
  return lines.flatMap((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).replaceAll('\u0000', '\r\n')]
  })
}

/** A request in HTTP/1.1 text, for the origin that its Host field names. */
export function requestOf(text: string): RequestMessage {
  const [method, target] = text.split(' ', 2) as [string, string]
  const fields = fieldsOf(text)
  const authority = (joined(fields, 'host') ?? '').toLowerCase()
  const [path, query] = splitAt(target, '?')
  return { method, origin: `https://${authority}`, authority, path, query, requestTarget: target, fields }
}

export function responseOf(text: string): ResponseMessage {
  return { status: Number(text.split(' ', 2)[1]), fields: fieldsOf(text) }
}

/** The lines of a field, joined with commas; null where it is absent. */
export function joined(fields: readonly string[], name: string): string | null {
  const lines: string[] = []
  for (let at = 0; at < fields.length; at += 2)
    if (fields[at]!.toLowerCase() === name) lines.push(fields[at + 1]!.trim())
  return lines.length === 0 ? null : lines.join(', ')
}

export function splitAt(text: string, mark: string): [string, string | null] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)]
}
