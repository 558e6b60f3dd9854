import { type HttpsAnswer, httpsDoor } from './door.ts'

export interface DocumentFetcherOptions {
  /** CA certificates, PEM; undefined: the platform's. */
  readonly ca: string | undefined
  /** Value of the Accept field. */
  readonly accept: string
  /** Octets. */
  readonly largest: number
}

/** Fetches documents of one server, each within 5 s. Rejects with a sentence that names the URL. */
export function documentFetcher({
  ca,
  accept,
  largest,
}: DocumentFetcherOptions): (url: string) => Promise<HttpsAnswer> {
  const send = httpsDoor({ ca: ca ?? null, within: WITHIN, largest })
  return async (url) => {
    const answer = await send({ url, method: 'GET', fields: { accept } })
    if (answer.status !== 200) throw new FetchRefused(`${url} answered ${answer.status}`, answer.status)
    return answer
  }
}

/** The server answered, and not with the document. */
export class FetchRefused extends Error {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

/** Milliseconds. */
const WITHIN = 5_000
