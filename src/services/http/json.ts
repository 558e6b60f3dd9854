import { httpsDoor } from './door.ts'

/** Fetches JSON documents of one authorization server. */
export type JsonFetcher = (url: string) => Promise<unknown>

/** With the platform's trust or the given CA; at most 256 KiB in 5 s. Rejects with a sentence that names the URL. */
export function jsonFetcher(ca: string | undefined): JsonFetcher {
  const send = httpsDoor({ ca, within: WITHIN, largest: LARGEST })
  return async (url) => {
    const { status, octets } = await send({ url, method: 'GET', fields: ACCEPT })
    if (status !== 200) throw new FetchRefused(`${url} answered ${status}`, status)
    return JSON.parse(octets.toString('utf8'))
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
