import { Agent, request } from 'undici'

/** Fetches JSON documents of one authorization server. */
export type JsonFetcher = (url: string) => Promise<unknown>

/**
 * Over https alone, with the platform's trust or the given CA, no redirects and no cookies; at most 256 KiB in 5 s.
 * Rejects with a sentence that names the URL.
 */
export function jsonFetcher(ca: string | undefined): JsonFetcher {
  const dispatcher = new Agent({
    connect: { minVersion: 'TLSv1.2', timeout: WITHIN, ...(ca === undefined ? {} : { ca }) },
    headersTimeout: WITHIN,
    bodyTimeout: WITHIN,
    maxResponseSize: LARGEST,
    allowH2: false,
  })
  return async (url) => {
    if (!url.startsWith('https://')) throw new Error(`${url} is not an https URL`)
    const answer = await request(url, {
      dispatcher,
      headers: { accept: 'application/json, application/jwk-set+json' },
      signal: AbortSignal.timeout(WITHIN),
    })
    if (answer.statusCode !== 200) {
      await answer.body.dump({ limit: LARGEST })
      throw new FetchRefused(`${url} answered ${answer.statusCode}`, answer.statusCode)
    }
    return answer.body.json()
  }
}

export class FetchRefused extends Error {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

const WITHIN = 5_000
const LARGEST = 256 * 1024
