import type { IncomingHttpHeaders } from 'node:http'
import { type Agent, buildConnector, request } from 'undici'
import { reasonOf } from '../../domain/reason.ts'
import { afterReading } from '../after-reading.ts'
import { lookUp } from '../names.ts'
import { outboundTls, type TlsMaterials } from '../tls/outbound.ts'
import { Places } from './places.ts'

export interface HttpsDoorOptions extends Partial<TlsMaterials> {
  /** Most connections at a time; what is more waits, within its own deadline. */
  readonly connections?: number
  /** Milliseconds from the call to the end of the answer, waiting for a connection included. */
  readonly within: number
  /** Octets of the longest answer. */
  readonly largest: number
}

export interface HttpsRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly fields: Readonly<Record<string, string>>
  readonly body?: string
}

export interface HttpsAnswer {
  readonly status: number
  /** Media type in lower case, without parameters; '' where none was said. */
  readonly type: string
  /** Seconds that the answer may be kept (RFC 9111 §5.2.2.1); null where it does not say. */
  readonly maxAge: number | null
  readonly octets: Buffer
}

/** Sends one request. Rejects with a sentence that names the URL and nothing else of what was sent. */
export type HttpsDoor = (request: HttpsRequest) => Promise<HttpsAnswer>

/**
 * The way to servers that we trust by configuration: https alone, no redirects, no cookies, in bounded time and size. What
 * is sent through it asks and changes nothing, so it may be sent once more (RFC 9110 §9.2.2).
 */
export function httpsDoor(options: HttpsDoorOptions): HttpsDoor {
  const { ca = null, certificate = null, privateKey = null, within, largest } = options
  const { connections = Number.POSITIVE_INFINITY } = options
  const places = new Places(
    {
      // One for all, for TLS is resumed by what it remembers.
      connect: buildConnector({
        ...outboundTls({ ca, certificate, privateKey }),
        timeout: within,
        lookup: lookUp,
        allowH2: false,
      }),
      headersTimeout: within,
      bodyTimeout: within,
      maxResponseSize: largest,
      allowH2: false,
    },
    connections,
  )
  return async (asked) => {
    if (!asked.url.startsWith('https://')) throw new Error(`${asked.url} is not an https URL`)
    const course: Course = { url: asked.url, place: null, hasHead: false }
    const late = new AbortController()
    const end = () => late.abort(new Error(`${lackOf(course)} within ${within} ms`))
    const timer = setTimeout(() => afterReading(end), within)
    try {
      return await places.with(late.signal, (place) => {
        course.place = place
        const isOld = isConnected(course)
        return exchange(asked, place, late.signal, course).catch((problem) => {
          if (!isOld || course.hasHead || !CUT.has(problem.code)) throw problem
          // The server may have closed it before it saw the request.
          return exchange(asked, place, late.signal, course)
        })
      })
    } catch (problem) {
      throw new Error(`${asked.url} gave no answer: ${reasonOf(problem)}`)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** How far a question has come. */
interface Course {
  readonly url: string
  /** Null: it waits for one. */
  place: Agent | null
  hasHead: boolean
}

/** What has not come yet, for the log: a server that is silent is another matter than one that is slow, and than a limit of ours. */
function lackOf(course: Course): string {
  if (course.place === null) return 'no connection was free'
  if (course.hasHead) return 'no end of its body'
  return isConnected(course) ? 'no head of it' : 'no TLS connection'
}

function isConnected({ url, place }: Course): boolean {
  return Boolean(place?.stats[new URL(url).origin]?.connected)
}

/** Lines of one field are one list. A cache on the way says for how long it has kept the answer already (RFC 9111 §4.2.3). */
function maxAgeOf({ 'cache-control': control, age }: IncomingHttpHeaders): number | null {
  if (/\bno-(?:store|cache)\b/i.test(String(control))) return 0
  const seconds = /\bmax-age=([0-9]{1,9})\b/i.exec(String(control))?.[1]
  const kept = /^[0-9]{1,9}$/.exec(String(age))?.[0] ?? 0
  return seconds === undefined ? null : Math.max(0, Number(seconds) - Number(kept))
}

async function exchange(
  { url, method, fields, body }: HttpsRequest,
  dispatcher: Agent,
  signal: AbortSignal,
  course: Course,
): Promise<HttpsAnswer> {
  const answer = await request(url, {
    dispatcher,
    method,
    headers: fields,
    signal,
    ...(body === undefined ? {} : { body }),
  })
  course.hasHead = true
  return {
    status: answer.statusCode,
    type: mediaType(answer.headers['content-type']),
    maxAge: maxAgeOf(answer.headers),
    octets: Buffer.from(await answer.body.arrayBuffer()),
  }
}

function mediaType(field: string | string[] | undefined): string {
  return typeof field === 'string' ? (field.split(';', 1)[0] as string).trim().toLowerCase() : ''
}

const CUT: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])
