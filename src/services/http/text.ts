import { Agent, request } from 'undici'

/** Fetches a document as text; rejects with a sentence that names the URL. */
export type TextFetcher = (url: string) => Promise<string>

export interface TextFetcherOptions {
  /** CA certificates, PEM; undefined: the platform's. */
  readonly ca: string | undefined
  /** Value of the Accept field. */
  readonly accept: string
  /** Octets. */
  readonly largest: number
}

/** Over https alone, within 5 s, without redirects, cookies and content codings. */
export function textFetcher({ ca, accept, largest }: TextFetcherOptions): TextFetcher {
  const dispatcher = new Agent({
    connect: { minVersion: 'TLSv1.2', timeout: WITHIN, ...(ca === undefined ? {} : { ca }) },
    headersTimeout: WITHIN,
    bodyTimeout: WITHIN,
    maxResponseSize: largest,
    allowH2: false,
  })
  return async (url) => {
    if (!url.startsWith('https://')) throw new Error(`${url} is not an https URL`)
    try {
      const signal = AbortSignal.timeout(WITHIN)
      const answer = await request(url, { dispatcher, headers: { accept }, signal })
      if (answer.statusCode === 200) return await answer.body.text()
      await answer.body.dump({ limit: DUMPED })
      throw new Error(`answered ${answer.statusCode}`)
    } catch (problem) {
      throw new Error(`${url}: ${problem instanceof Error ? problem.message : String(problem)}`)
    }
  }
}

const WITHIN = 5_000
const DUMPED = 64 * 1024
