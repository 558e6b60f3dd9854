import { createPublicKey, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import { normalAuthority, type WebScheme } from '../codec/authority.ts'
import { isQuery, readPath } from '../codec/target-uri.ts'
import { isDenial } from '../domain/denial.ts'
import { digestField } from '../verify/content-digest/answer.ts'
import { contentDigest } from '../verify/content-digest/hasher.ts'
import type { Algorithm } from '../verify/jose/algorithms.ts'
import { canSign, keyText, signatureOf } from '../verify/jose/sign.ts'
import { componentsFor } from '../verify/message-signature/coverage.ts'
import { fapi2 } from '../verify/message-signature/profile.ts'
import { prepareSignature, signatureFields } from '../verify/message-signature/sign.ts'
import { printed, readOptions, UsageProblem } from './command.ts'
import { readNamedKey, readOctets } from './key-file.ts'
import { makeProof } from './proof.ts'
import { requestMessage } from './request-message.ts'
import { REQUEST_OPTIONS, readMethod, readToken, readUrl } from './request-options.ts'

/**
 * `holdfast sign`: prints the header fields of one request that is signed as the profile `fapi2` asks for it. Answers the exit
 * code: 0 done, 2 for an argument that is wrong or a file that cannot be used, said in a sentence on standard error.
 */
export function runSign(args: readonly string[]): Promise<number> {
  return printed('sign', async () => {
    const options = readOptions(args, OPTIONS)
    if (options.help) return HELP
    const fields = await signedFields(options)
    return fields.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\n`)).join('')
  })
}

type Options = ReturnType<typeof readOptions<typeof OPTIONS>>

/** Flat: name and value. */
async function signedFields(options: Options): Promise<string[]> {
  const [method, url] = [readMethod(options), readUrl(options)]
  const { scheme, authority, target } = partsOf(url)
  const signer = await readSigner(options)
  const fields = [...(await credentials(options, signer, method, url)), ...digest(options)]
  const message = { request: requestMessage(method, scheme, authority, target, fields), response: null }
  const { coverage, fieldTypes, tag } = fapi2.request
  const unsigned = prepareSignature(
    componentsFor(coverage, message, options.body !== undefined),
    { created: Math.floor(Date.now() / 1000), keyid: signer.keyid, tag },
    message,
    fieldTypes,
  )
  if (isDenial(unsigned)) throw new UsageProblem(`The request cannot be signed: ${unsigned.says}`)
  const signature = signatureOf(signer.algorithm, signer.key, Buffer.from(unsigned.base, 'latin1'))
  return [...fields, ...signatureFields('sig1', unsigned, signature)]
}

/** What of a URL is signed, which must be what is sent: curl would take out dot segments. */
function partsOf(url: string) {
  const [, scheme, host, path, query] = PARTS.exec(url) as unknown as [string, string, string, string, string]
  const lower = scheme.toLowerCase() as WebScheme
  const authority = normalAuthority(host, lower)
  if (authority === undefined) throw new UsageProblem('--url must name a host, and no user.')
  const sent = new URL(url).host
  if (normalAuthority(sent, lower) !== authority)
    throw new UsageProblem(`--url names “${host}”, which is sent as “${sent}”: write that.`)
  const rooted = path === '' ? '/' : path
  if (typeof readPath(rooted) === 'string' || !isQuery(query) || PATTERN.test(query)) {
    throw new UsageProblem(
      `--url “${url}” must be as it is sent: percent-encoded, also { } [ ], and with a path that every server reads alike.`,
    )
  }
  return { scheme: lower, authority, target: `${rooted}${query}` }
}

interface ReadSigner {
  readonly key: KeyObject
  readonly algorithm: Algorithm
  readonly keyid: string
}

/** Of the algorithms of the profile a key can do one at most. */
async function readSigner({ key: file, keyid: given }: Options): Promise<ReadSigner> {
  if (file === undefined) throw new UsageProblem('--key is missing: the private key of the client.')
  const { key, kid } = readNamedKey('--key', file)
  const { algorithms } = fapi2.request
  const algorithm = [...algorithms.values()].find((each) => canSign(each, key))
  if (algorithm === undefined) {
    const names = [...algorithms.keys()].join(', ')
    throw new UsageProblem(`--key ${file} holds ${keyText(key)}, which can do none of ${names}.`)
  }
  const keyid = given ?? kid ?? (await calculateJwkThumbprint(await exportJWK(createPublicKey(key))))
  if (!ASCII.test(keyid))
    throw new UsageProblem(`The keyid “${keyid}” must be in ASCII; --keyid says another.`)
  return { key, algorithm, keyid }
}

/** The token, and the proof that goes with it, made here unless it is given. */
async function credentials(
  options: Options,
  { key, algorithm: { name: alg } }: ReadSigner,
  method: string,
  url: string,
): Promise<string[]> {
  const { bearer, proof, nonce } = options
  if (proof === '') throw new UsageProblem('--proof is empty: leave it out, and one is made.')
  const token = readToken(options)
  if (token === undefined) throw new UsageProblem('--token or --token-file is missing: the access token.')
  if (bearer) {
    if (proof === undefined && nonce === undefined) return ['authorization', `Bearer ${token}`]
    throw new UsageProblem('--bearer has no DPoP proof: leave out --proof and --nonce.')
  }
  if (proof !== undefined && nonce !== undefined)
    throw new UsageProblem('--nonce is for the proof that is made here; the one of --proof has its own.')
  const jwk = await exportJWK(createPublicKey(key))
  const dpop = proof ?? (await makeProof({ key, jwk, alg, method, url, token, nonce }))
  return ['authorization', `DPoP ${token}`, 'dpop', dpop]
}

/** RFC 9530 §2. */
function digest({ body: file }: Options): string[] {
  if (file === undefined) return []
  return ['content-digest', digestField('sha-256', contentDigest('sha-256', [readOctets('--body', file)]))]
}

/** Scheme, host and port, path, query with its `?`; no fragment, as none is sent. */
const PARTS = /^(https?):\/\/([^/?#]*)([^?#]*)([^#]*)/i
/** What curl would take for several requests. */
const PATTERN = /[{}[\]]/
const ASCII = /^[\x20-\x7e]+$/

const OPTIONS = {
  key: { type: 'string' },
  ...REQUEST_OPTIONS,
  body: { type: 'string' },
  nonce: { type: 'string' },
  proof: { type: 'string' },
  bearer: { type: 'boolean' },
  keyid: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

const HELP = `holdfast sign --key FILE --method GET --url URL --token-file FILE [options]

Prints the header fields of one request that is signed as the profile fapi2 asks for it (RFC 9421, FAPI 2.0 HTTP Signatures).

  --key FILE         the private key of the client: PEM or JWK
  --method METHOD    the method of the request, as it is sent
  --url URL          the public URL of the request, as it is sent
  --token TOKEN      the access token
  --token-file FILE  the same, read from a file
  --body FILE        the body of the request, as it is sent
  --nonce NONCE      the DPoP-Nonce that the server asked for
  --proof PROOF      the DPoP proof; made with the same key where it is missing
  --bearer           no DPoP proof: for tokens that are bound to a certificate alone
  --keyid ID         by which the server knows the key; the kid of the JWK, else the thumbprint of the key, where it is missing
  --help             this page

They are good for one request, made soon; curl reads them:

  holdfast sign --key key.pem --method POST --url https://api.example/payments --token-file token --body payment.json |
  curl -H @- -H 'Content-Type: application/json' --data-binary @payment.json https://api.example/payments
`
