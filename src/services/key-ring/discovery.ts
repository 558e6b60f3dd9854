import { isJsonObject } from '../../codec/json.ts'
import { FetchRefused, type JsonFetcher } from './fetch.ts'

/**
 * Where an issuer publishes its keys, by its metadata: OpenID Connect Discovery §4, else RFC 8414 §3. The metadata must
 * name the very issuer it was asked for (RFC 8414 §3.3). Rejects with a sentence.
 */
export async function discoverJwksUri(issuer: string, fetchJson: JsonFetcher): Promise<string> {
  let refused: unknown
  for (const url of metadataUrls(issuer)) {
    try {
      return jwksUriOf(await fetchJson(url), issuer, url)
    } catch (problem) {
      if (!(problem instanceof FetchRefused) || problem.status >= 500) throw problem
      refused = problem
    }
  }
  throw refused
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
