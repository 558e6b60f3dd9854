import { constants } from 'node:crypto'

/** All that the code below needs to know of a signature algorithm; it is handed the entry, never the name. */
export interface Algorithm {
  readonly name: string
  readonly kty: 'RSA' | 'EC' | 'OKP'
  readonly crv: string | null
  /** Octets of a coordinate (EC) or of the key (OKP); null for RSA. */
  readonly size: number | null
  readonly digest: string | null
  /** Octets of a signature; null for RSA, where it is the length of the modulus. */
  readonly signatureSize: number | null
  readonly padding: number | null
  readonly saltLength: number | null
}

/**
 * RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2. Symmetric algorithms and `none` have no entry, so no configuration can
 * bring them in. Which of these a route accepts is said by its allow-list; FAPI2-SP §5.4.1 admits PS256, ES256, Ed25519.
 */
export const algorithms: ReadonlyMap<string, Algorithm> = new Map(
  [
    ellipticCurve('ES256', 'P-256', 32, 'sha256'),
    ellipticCurve('ES384', 'P-384', 48, 'sha384'),
    ellipticCurve('ES512', 'P-521', 66, 'sha512'),
    edwards('EdDSA'),
    edwards('Ed25519'),
    pss('PS256', 'sha256', 32),
    pss('PS384', 'sha384', 48),
    pss('PS512', 'sha512', 64),
    pkcs1('RS256', 'sha256'),
    pkcs1('RS384', 'sha384'),
    pkcs1('RS512', 'sha512'),
  ].map((algorithm) => [algorithm.name, algorithm]),
)

/** The type of a key by its name in JOSE, and as `node:crypto` calls it. */
export const KEY_TYPES: Readonly<Record<Algorithm['kty'], string>> = { EC: 'ec', OKP: 'ed25519', RSA: 'rsa' }

/** The entries of an allow-list, by name. */
export function allow(names: readonly string[]): ReadonlyMap<string, Algorithm> {
  const allowed = new Map<string, Algorithm>()
  for (const name of names) {
    const algorithm = algorithms.get(name)
    if (algorithm !== undefined) allowed.set(name, algorithm)
  }
  return allowed
}

/** RFC 9864 §2.2: who accepts `EdDSA` accepts `Ed25519`, the same algorithm by its full name. */
export function withBothNames(names: readonly string[]): readonly string[] {
  return names.includes('EdDSA') ? [...new Set([...names, 'Ed25519'])] : names
}

function ellipticCurve(name: string, crv: string, size: number, digest: string): Algorithm {
  return { name, kty: 'EC', crv, size, digest, signatureSize: 2 * size, padding: null, saltLength: null }
}

function edwards(name: string): Algorithm {
  return {
    name,
    kty: 'OKP',
    crv: 'Ed25519',
    size: 32,
    digest: null,
    signatureSize: 64,
    padding: null,
    saltLength: null,
  }
}

function pss(name: string, digest: string, saltLength: number): Algorithm {
  return { ...rsa(name, digest), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
}

function pkcs1(name: string, digest: string): Algorithm {
  return { ...rsa(name, digest), padding: constants.RSA_PKCS1_PADDING }
}

function rsa(name: string, digest: string): Algorithm {
  return {
    name,
    kty: 'RSA',
    crv: null,
    size: null,
    digest,
    signatureSize: null,
    padding: null,
    saltLength: null,
  }
}
