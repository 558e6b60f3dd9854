import { isJsonObject } from '../../codec/json.ts'
import type { JsonFetcher } from '../http/json.ts'
import { discoverMetadata, httpsUrlOf, type MetadataElsewhere } from '../key-ring/discovery.ts'

/**
 * Where the issuer takes questions about tokens, by its metadata. RFC 8705 §5: a client that authenticates with a
 * certificate goes to the alias, where there is one. Rejects with a sentence.
 */
export async function discoverEndpoint(
  issuer: string,
  byCertificate: boolean,
  fetchJson: JsonFetcher,
  elsewhere: MetadataElsewhere = {},
): Promise<string> {
  const metadata = await discoverMetadata(issuer, fetchJson, elsewhere)
  const aliases = metadata['mtls_endpoint_aliases']
  const prefers = byCertificate && isJsonObject(aliases) && aliases[MEMBER] !== undefined
  return httpsUrlOf(prefers ? aliases : metadata, MEMBER, issuer)
}

const MEMBER = 'introspection_endpoint'
