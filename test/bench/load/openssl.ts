import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { SignatureAlgorithm } from '../rows.ts'

/** CPU microseconds in the system's OpenSSL, by its own measurement. */
export interface SignatureCosts {
  /** One P-256 verification. */
  readonly verification: number
  /** One signature; PS256 with RSA-2048. */
  readonly signing: { readonly [algorithm in SignatureAlgorithm]?: number }
}

export async function signatureCosts(
  seconds: number,
  algorithms: ReadonlySet<SignatureAlgorithm>,
): Promise<SignatureCosts> {
  const names = [...new Set(['ecdsap256', ...[...algorithms].map((each) => OPENSSL_NAMES[each])])]
  const { stdout } = await promisify(execFile)('openssl', [
    'speed',
    '-mr',
    '-seconds',
    `${seconds}`,
    ...names,
  ])
  return readSpeed(stdout, algorithms)
}

/** Lines such as `+F4:index:bits:signatures a second:verifications a second`; F2 is RSA, F6 EdDSA, with its name between. */
export function readSpeed(text: string, algorithms: ReadonlySet<SignatureAlgorithm>): SignatureCosts {
  const numbers = (line: RegExp) => (line.exec(text)?.slice(1).map(Number) ?? []) as readonly number[]
  const [es256, verification] = numbers(/^\+F4:\d+:256:([\d.]+):([\d.]+)$/m)
  if (!((verification ?? 0) > 0)) throw new Error(`openssl speed said nothing of P-256:\n${text}`)
  const [ed25519] = numbers(/^\+F6:\d+:253:\w+:([\d.]+):[\d.]+$/m)
  const [rsa] = numbers(/^\+F2:\d+:2048:([\d.]+):[\d.]+$/m)
  const perSecond = { ES256: es256, Ed25519: ed25519, PS256: rsa }
  const signing: { [algorithm in SignatureAlgorithm]?: number } = {}
  for (const each of algorithms) {
    const value = perSecond[each]
    if (value === undefined) throw new Error(`openssl speed said nothing of ${each}:\n${text}`)
    signing[each] = 1e6 / value
  }
  return { verification: 1e6 / (verification as number), signing }
}

const OPENSSL_NAMES = { ES256: 'ecdsap256', Ed25519: 'ed25519', PS256: 'rsa2048' } as const
