import { isJsonObject } from '../../codec/json.ts'
import { FetchRefused, type JsonFetcher } from './fetch.ts'

/**
 * Where an issuer publishes its keys, by its metadata: OpenID Connect Discovery §4, else RFC 8414 §3. The metadata must
 * name the very issuer it was asked for (RFC 8414 §3.3). Rejects with a sentence.
 */
export async function discoverJwksUri(
  issuer: string,
  fetchJson: JsonFetcher,
  { url: only, issuer: named = issuer }: MetadataElsewhere = {},
): Promise<string> {
  let refused: unknown
  for (const url of only === undefined ? metadataUrls(issuer) : [only]) {
    try {
      return jwksUriOf(await fetchJson(url), named, url)
    } catch (problem) {
      if (!(problem instanceof FetchRefused) || problem.status >= 500) throw problem
      refused = problem
    }
  }
  throw refused
}

/** What the configuration says of metadata that is not where, or does not call the issuer what, its tokens would have it. */
export interface MetadataElsewhere {
  readonly url?: string | undefined
  readonly issuer?: string | undefined
}

function metadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ]
}

function jwksUriOf(metadata: unknown, issuer: string, url: string): string {
  if (!isJsonObject(metadata) || metadata['issuer'] !== issuer)
    throw new Error(`${url} does not name ${issuer} as its issuer`)
  const uri = metadata['jwks_uri']
  if (typeof uri !== 'string' || !uri.startsWith('https://'))
    throw new Error(`${url} names no https jwks_uri`)
  return uri
}
