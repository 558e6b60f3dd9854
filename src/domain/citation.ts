/** The specifications we may cite, and the edition we read. A citation of anything else does not compile. */
export const specifications = {
  'RFC 5280': 'Internet X.509 Public Key Infrastructure Certificate and CRL Profile, May 2008',
  'RFC 6749': 'The OAuth 2.0 Authorization Framework, October 2012',
  'RFC 6750': 'OAuth 2.0 Bearer Token Usage, October 2012',
  'RFC 7515': 'JSON Web Signature, May 2015',
  'RFC 7517': 'JSON Web Key, May 2015',
  'RFC 7518': 'JSON Web Algorithms, May 2015',
  'RFC 7519': 'JSON Web Token, May 2015',
  'RFC 7638': 'JSON Web Key Thumbprint, September 2015',
  'RFC 7662': 'OAuth 2.0 Token Introspection, October 2015',
  'RFC 7800': 'Proof-of-Possession Key Semantics for JWTs, April 2016',
  'RFC 8259': 'The JavaScript Object Notation (JSON) Data Interchange Format, December 2017',
  'RFC 8470': 'Using Early Data in HTTP, September 2018',
  'RFC 8725': 'JSON Web Token Best Current Practices, February 2020',
  'RFC 8705': 'OAuth 2.0 Mutual-TLS Client Authentication and Certificate-Bound Access Tokens, February 2020',
  'RFC 9068': 'JWT Profile for OAuth 2.0 Access Tokens, October 2021',
  'RFC 9110': 'HTTP Semantics, June 2022',
  'RFC 9112': 'HTTP/1.1, June 2022',
  'RFC 9113': 'HTTP/2, June 2022',
  'RFC 9421': 'HTTP Message Signatures, February 2024',
  'RFC 9396': 'OAuth 2.0 Rich Authorization Requests, May 2023',
  'RFC 9440': 'Client-Cert HTTP Header Field, July 2023',
  'RFC 9449': 'OAuth 2.0 Demonstrating Proof of Possession, September 2023',
  'RFC 9470': 'OAuth 2.0 Step Up Authentication Challenge Protocol, September 2023',
  'RFC 9457': 'Problem Details for HTTP APIs, July 2023',
  'RFC 9651': 'Structured Field Values for HTTP, September 2024',
  'RFC 9700': 'Best Current Practice for OAuth 2.0 Security, January 2025',
  'RFC 3986': 'Uniform Resource Identifier: Generic Syntax, January 2005',
  'RFC 9530': 'Digest Fields, February 2024',
  'RFC 6585': 'Additional HTTP Status Codes, April 2012',
  'RFC 9728': 'OAuth 2.0 Protected Resource Metadata, April 2025',
  TXN: 'Transaction Tokens, draft-ietf-oauth-transaction-tokens-10, July 2026',
  TSL: 'Token Status List, draft-ietf-oauth-status-list-21, June 2026',
  'TS 119 495':
    'Certificate Profiles and TSP Policy Requirements for Open Banking, ETSI, V1.6.1, November 2022',
  FETCH: 'Fetch Standard, WHATWG, as of November 2026',
  'FAPI2-SP': 'FAPI 2.0 Security Profile, Final, 22 February 2025',
  'FAPI2-HTTPSIG': 'FAPI 2.0 HTTP Signatures, draft 01, August 2026',
} as const

export type Specification = keyof typeof specifications

/** One form everywhere: `RFC 9449 §4.3(8)`, `FAPI2-SP §5.3.4(5)`. */
export type Citation = `${Specification} §${string}`
