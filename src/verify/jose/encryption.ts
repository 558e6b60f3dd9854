/**
 * The key management algorithms of JWEs that we open (RFC 7518 §4.1), each with the type of its keys. What is not here
 * cannot be configured: passwords (PBES2), symmetric keys (`dir`, A…KW), RSA1_5 and RSA-OAEP with SHA-1.
 */
export const keyManagement: ReadonlyMap<string, 'RSA' | 'ECDH'> = new Map([
  ['RSA-OAEP-256', 'RSA'],
  ['RSA-OAEP-384', 'RSA'],
  ['RSA-OAEP-512', 'RSA'],
  ['ECDH-ES', 'ECDH'],
  ['ECDH-ES+A128KW', 'ECDH'],
  ['ECDH-ES+A192KW', 'ECDH'],
  ['ECDH-ES+A256KW', 'ECDH'],
])

/** RFC 7518 §5.1, whole: all of it is authenticated encryption. */
export const contentEncryption: ReadonlySet<string> = new Set([
  'A128GCM',
  'A192GCM',
  'A256GCM',
  'A128CBC-HS256',
  'A192CBC-HS384',
  'A256CBC-HS512',
])
