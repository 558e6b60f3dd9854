import { httpsDoor } from './door.ts'

/** Fetches JSON documents of one authorization server. */
export type JsonFetcher = (url: string) => Promise<FetchedJson>

export interface FetchedJson {
  /** Where it was. */
  readonly url: string
  readonly value: unknown
  /** Seconds that it may be kept; null where the server does not say. */
  readonly maxAge: number | null
}

/** With the platform's trust or the given CA; at most 256 KiB in 5 s. Rejects with a sentence that names the URL. */
export function jsonFetcher(ca: string | undefined): JsonFetcher {
  const send = httpsDoor({ ca: ca ?? null, within: WITHIN, largest: LARGEST })
  return async (url) => {
    const { status, octets, maxAge } = await send({ url, method: 'GET', fields: ACCEPT })
    if (status !== 200) throw new FetchRefused(`${url} answered ${status}`, status)
    return { url, value: parse(octets, url), maxAge }
  }
}

/** The parser's own error names no URL, and quotes what came. */
function parse(octets: Buffer, url: string): unknown {
  try {
    return JSON.parse(octets.toString('utf8'))
  } catch {
    throw new Error(`${url} answered with what is no JSON`)
  }
}

export class FetchRefused extends Error {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

const ACCEPT = { accept: 'application/json, application/jwk-set+json' }
const WITHIN = 5_000
const LARGEST = 256 * 1024
