import { normalAuthority } from '../codec/authority.ts'
import { fieldValue } from '../codec/field-scan.ts'
import type { RequestMessage, ResponseMessage } from '../verify/message-signature/message.ts'
import { requestMessage } from './request-message.ts'

/** A request over https and its answer, without their bodies. */
export interface Exchange {
  readonly request: RequestMessage
  readonly response: ResponseMessage
}

/**
 * The last request that `curl -v` tells of, its lines after `> `, and the last answer behind it, its lines after `< `; whatever else
 * stands there is passed over. A sentence where one of them is missing or cannot be read.
 */
export function readCurlExchange(text: string): Exchange | string {
  const asked = lastHead(text.split(/\r?\n/), '> ', REQUEST_LINE)
  if (asked === undefined) return 'it has no line such as “> GET /accounts HTTP/1.1”; curl -v writes it.'
  const answered = lastHead(asked.behind, '< ', STATUS_LINE)
  if (answered === undefined)
    return 'it has no line such as “< HTTP/1.1 200 OK” behind its last request; curl -v writes it.'
  const [, method, target] = asked.start as unknown as [string, string, string]
  const authority = normalAuthority(fieldValue(asked.fields, 'host') ?? '', 'https')
  if (authority === undefined) return 'its request has no Host, or one that is no host.'
  const request = requestMessage(method, 'https', authority, target, asked.fields)
  return { request, response: { status: Number(answered.start[1]), fields: answered.fields } }
}

function lastHead(lines: readonly string[], sign: string, first: RegExp) {
  const own = lines.map((line) => (line.startsWith(sign) ? line.slice(sign.length) : ''))
  const at = own.findLastIndex((line) => first.test(line))
  const start = first.exec(own[at] ?? '')
  if (start === null) return undefined
  const fields = own.slice(at + 1).flatMap((line) => FIELD.exec(line)?.slice(1, 3) ?? [])
  return { start, fields, behind: lines.slice(at + 1) }
}

const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\/\S*) HTTP\/[0-9.]+$/
const STATUS_LINE = /^HTTP\/[0-9.]+ ([2-5][0-9]{2})(?: .*)?$/
const FIELD = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/
