import { STATUS_CODES } from 'node:http'
import { UNFIT } from '../../codec/head.ts'

/** The first lines of an answer, and what its fields say of its body. */
export interface BegunHead {
  /** As latin1 text, without what frames the message. */
  readonly text: string
  readonly saysLength: boolean
}

/** Writes the status and the fields, flat and in lower case. Throws where a value could not be written as one line. */
export function beginHead(status: number, fields: readonly string[]): BegunHead {
  let text = statusLine(status)
  let saysLength = false
  let saysDate = false
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string
    const value = fields[at + 1] as string
    if (UNFIT.test(value)) throw new TypeError(`the value of ${name} cannot be written`)
    if (name === 'content-length') saysLength = true
    else if (name === 'date') saysDate = true
    text += `${name}: ${value}\r\n`
  }
  if (!saysDate) text += `date: ${dateNow()}\r\n`
  return { text, saysLength }
}

function statusLine(status: number): string {
  const known = statusLines.get(status)
  if (known !== undefined) return known
  const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
  statusLines.set(status, line)
  return line
}

/** RFC 9110 §6.6.1. The text of a second is made once. */
function dateNow(): string {
  const now = Math.floor(Date.now() / 1000)
  if (now !== toldAt) {
    toldAt = now
    told = new Date(now * 1000).toUTCString()
  }
  return told
}

let toldAt = 0
let told = ''
/** No more than there are numbers of three digits. */
const statusLines = new Map<number, string>()
