export type FieldType = 'dictionary' | 'list' | 'item'

/**
 * Which fields are structured, and as what (RFC 9421 §2.1.1): without that `sf` and `key` cannot be read. From IANA's
 * registry of field names; a profile can add those of an API.
 */
export const fieldTypes: ReadonlyMap<string, FieldType> = new Map<string, FieldType>([
  ['accept-ch', 'list'],
  ['accept-query', 'list'],
  ['accept-signature', 'dictionary'],
  ['cache-groups', 'list'],
  ['cache-group-invalidation', 'list'],
  ['cache-status', 'list'],
  ['capsule-protocol', 'item'],
  ['cdn-cache-control', 'dictionary'],
  ['client-cert', 'item'],
  ['client-cert-chain', 'list'],
  ['content-digest', 'dictionary'],
  ['cross-origin-embedder-policy', 'item'],
  ['cross-origin-embedder-policy-report-only', 'item'],
  ['cross-origin-opener-policy', 'item'],
  ['cross-origin-opener-policy-report-only', 'item'],
  ['deprecation', 'item'],
  ['idempotency-key', 'item'],
  ['incremental', 'item'],
  ['origin-agent-cluster', 'item'],
  ['priority', 'dictionary'],
  ['proxy-status', 'list'],
  ['ratelimit', 'list'],
  ['ratelimit-policy', 'list'],
  ['repr-digest', 'dictionary'],
  ['signature', 'dictionary'],
  ['signature-agent', 'dictionary'],
  ['signature-input', 'dictionary'],
  ['use-as-dictionary', 'dictionary'],
  ['want-content-digest', 'dictionary'],
  ['want-repr-digest', 'dictionary'],
])
