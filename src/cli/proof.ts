import { createHash, createPublicKey, type KeyObject, randomUUID } from 'node:crypto'
import { exportJWK, type JWK, SignJWT } from 'jose'
import { printed, readOptions, UsageProblem } from './command.ts'
import { algorithmFor, makeKey, newKeyLine, readPrivateKey, sentence } from './key-file.ts'
import { REQUEST_OPTIONS, readMethod, readToken, readUrl } from './request-options.ts'

/**
 * `holdfast proof`: prints one DPoP proof for a request, or makes a key to prove with. Answers the exit code:
 * 0 done, 2 for an argument that is wrong or a file that cannot be used, said in a sentence on standard error.
 */
export function runProof(args: readonly string[]): Promise<number> {
  return printed('proof', async () => {
    const options = readOptions(args, OPTIONS)
    if (options.help) return HELP
    const file = options['new-key']
    return file === undefined ? `${await proofFor(options)}\n` : writeNewKey(file, args)
  })
}

/** What a proof says. Only `key`, `jwk`, `alg`, `method` and `url` must be there. */
export interface ProofContent {
  readonly key: KeyObject
  /** Goes into the header as it is; the public half of `key` in an honest proof. */
  readonly jwk: JWK
  readonly alg: string
  readonly method: string
  /** Absolute; the query and the fragment are left out of `htu`. */
  readonly url: string
  readonly token?: string | undefined
  readonly nonce?: string | undefined
  /** Unix seconds; now where it is missing. */
  readonly issuedAt?: number
}

/** Makes one DPoP proof (RFC 9449 §4.2). */
export async function makeProof(content: ProofContent): Promise<string> {
  const { token, nonce } = content
  const claims = {
    jti: randomUUID(),
    htm: content.method,
    htu: content.url.replace(/[?#].*$/s, ''),
    iat: content.issuedAt ?? Math.floor(Date.now() / 1000),
    ...(token === undefined ? {} : { ath: createHash('sha256').update(token, 'ascii').digest('base64url') }),
    ...(nonce === undefined ? {} : { nonce }),
  }
  return new SignJWT(claims)
    .setProtectedHeader({ typ: 'dpop+jwt', alg: content.alg, jwk: content.jwk })
    .sign(content.key)
}

type Options = ReturnType<typeof readOptions<typeof OPTIONS>>

async function proofFor(options: Options): Promise<string> {
  const { key: file, nonce } = options
  if (file === undefined) throw new UsageProblem('--key is missing: the private key to prove possession of.')
  const [method, url] = [readMethod(options), readUrl(options)]

  const key = readPrivateKey('--key', file)
  const jwk = await exportJWK(createPublicKey(key))
  const alg = options.alg ?? algorithmFor(jwk)
  try {
    return await makeProof({ key, jwk, alg, method, url, token: readToken(options), nonce })
  } catch (problem) {
    if (problem instanceof UsageProblem) throw problem
    throw new UsageProblem(`The key in ${file} cannot sign with ${alg}: ${sentence(problem)}`)
  }
}

async function writeNewKey(file: string, args: readonly string[]): Promise<string> {
  if (args.filter((argument) => argument.startsWith('--')).length > 1) {
    throw new UsageProblem('--new-key stands alone.')
  }
  return newKeyLine(file, await makeKey('--new-key', file))
}

const OPTIONS = {
  key: { type: 'string' },
  ...REQUEST_OPTIONS,
  nonce: { type: 'string' },
  alg: { type: 'string' },
  'new-key': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

const HELP = `holdfast proof --key FILE --method GET --url URL [options]   prints one DPoP proof (RFC 9449 §4.2)
holdfast proof --new-key FILE                              makes an ES256 key to prove with

  --key FILE         the private key: PEM or JWK
  --method METHOD    the method of the request (htm), as it is sent
  --url URL          the public URL of the request (htu); its query and fragment are left out
  --token TOKEN      the access token that the proof goes with (ath)
  --token-file FILE  the same, read from a file
  --nonce NONCE      the DPoP-Nonce that the server asked for
  --alg ALG          ES256, ES384, PS256, EdDSA and so on; what fits the key where it is missing
  --help             this page

A proof is good for one request, made soon:

  curl -H "Authorization: DPoP $(cat token)" \\
       -H "DPoP: $(holdfast proof --key key.pem --method GET --url https://api.example/accounts --token-file token)" \\
       https://api.example/accounts
`
