import { httpsDoor } from './door.ts'

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

/** Within 5 s, through the https door. */
export function textFetcher({ ca, accept, largest }: TextFetcherOptions): TextFetcher {
  const send = httpsDoor({ ca: ca ?? null, within: WITHIN, largest })
  return async (url) => {
    const { status, octets } = await send({ url, method: 'GET', fields: { accept } })
    if (status !== 200) throw new Error(`${url} answered ${status}`)
    return octets.toString('utf8')
  }
}

const WITHIN = 5_000
