import { isJsonObject, type JsonObject } from '../../codec/json.ts'
import { FetchRefused } from '../http/document.ts'
import type { JsonFetcher } from '../http/json.ts'

/** Where an issuer publishes its keys. Rejects with a sentence. */
export async function discoverJwksUri(
  issuer: string,
  fetchJson: JsonFetcher,
  elsewhere: MetadataElsewhere = {},
): Promise<string> {
  return httpsUrlOf(await discoverMetadata(issuer, fetchJson, elsewhere), 'jwks_uri', issuer)
}

/**
 * What an issuer says of itself: OpenID Connect Discovery §4, else RFC 8414 §3. The metadata must name the very issuer
 * it was asked for (RFC 8414 §3.3). Rejects with a sentence.
 */
export async function discoverMetadata(
  issuer: string,
  fetchJson: JsonFetcher,
  { url: only, issuer: named = issuer }: MetadataElsewhere = {},
): Promise<JsonObject> {
  let refused: unknown
  for (const url of only === undefined ? metadataUrls(issuer) : [only]) {
    try {
      return metadataOf((await fetchJson(url)).value, named, url)
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

/** A member of the metadata that must be an https URL. Throws a sentence where it is none. */
export function httpsUrlOf(metadata: JsonObject, member: string, issuer: string): string {
  const url = metadata[member]
  if (typeof url !== 'string' || !url.startsWith('https://') || !URL.canParse(url))
    throw new Error(`the metadata of ${issuer} names no https ${member}`)
  return url
}

function metadataOf(metadata: unknown, issuer: string, url: string): JsonObject {
  if (!isJsonObject(metadata) || metadata['issuer'] !== issuer)
    throw new Error(`${url} does not name ${issuer} as its issuer`)
  return metadata
}
