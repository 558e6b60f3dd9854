import { nestsTooDeep } from '../../codec/json.ts'
import { documentFetcher } from './document.ts'

/** Fetches JSON documents of one authorization server. */
export type JsonFetcher = (url: string) => Promise<FetchedJson>

export interface FetchedJson {
  /** Where it was. */
  readonly url: string
  readonly value: unknown
  /** Seconds that it may be kept; null where the server does not say. */
  readonly maxAge: number | null
}

/** With the platform's trust or the given CA; at most 256 KiB. Rejects with a sentence that names the URL. */
export function jsonFetcher(ca: string | undefined): JsonFetcher {
  const fetchDocument = documentFetcher({ ca, accept: ACCEPT, largest: LARGEST })
  return async (url) => {
    const { octets, maxAge } = await fetchDocument(url)
    return { url, value: parse(octets, url), maxAge }
  }
}

/** The parser's own error names no URL, and quotes what came. */
function parse(octets: Buffer, url: string): unknown {
  const text = octets.toString('utf8')
  if (nestsTooDeep(text)) throw new Error(`${url} answered with JSON that nests too deep`)
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${url} answered with what is no JSON`)
  }
}

const ACCEPT = 'application/json, application/jwk-set+json'
/** Octets. */
const LARGEST = 256 * 1024
