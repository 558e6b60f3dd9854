import { combinedValue, fieldValue } from '../codec/field-scan.ts'
import { isDenial } from '../domain/denial.ts'
import { Need } from '../domain/need.ts'
import { readIntegrityField } from '../verify/content-digest/expect.ts'
import { contentDigest } from '../verify/content-digest/hasher.ts'
import { readJwkSet, type VerificationKey } from '../verify/jose/jwk-set.ts'
import { heldKeys } from '../verify/jose/key-set.ts'
import { D } from '../verify/message-signature/denials.ts'
import { coverage, fapi2, type SignatureRules } from '../verify/message-signature/profile.ts'
import { allowSignatures } from '../verify/message-signature/signature-algorithms.ts'
import { type MessageSignature, verifySignatures } from '../verify/message-signature/verify.ts'
import { printed, readArguments, UsageProblem } from './command.ts'
import { type Exchange, readCurlExchange } from './curl-exchange.ts'
import { readOctets, readText } from './key-file.ts'

/**
 * `holdfast verify-answer`: verifies the signatures of an answer that curl has shown, as its client would (RFC 9421 §3.2, §2.4).
 * The exit code: 0 all of them hold and the body is the one that was signed, 1 not so, 2 for what could not be read.
 */
export function runVerifyAnswer(args: readonly string[]): Promise<number> {
  return printed('verify-answer', async () => {
    const { values, positionals } = readArguments(args, OPTIONS)
    if (values.help) return HELP
    const [file, ...others] = positionals
    if (file === undefined || others.length > 0)
      throw new UsageProblem('name one file, which holds what curl -v wrote.')
    if (values.jwks === undefined) throw new UsageProblem('--jwks is missing: the keys of the gateway.')
    const keys = readKeys(values.jwks)
    const exchange = readExchange(file)
    const body = readBody(values.body, exchange)
    const found = verify(exchange, body, keys, Math.floor(Date.now() / 1000))
    return typeof found === 'string' ? { code: 1, out: `bad: ${found}\n` } : told(exchange, body, found)
  })
}

/** The signatures, where they hold and the body is theirs; else a sentence. */
function verify(
  { request, response }: Exchange,
  body: Buffer | null,
  keys: readonly VerificationKey[],
  now: number,
): readonly MessageSignature[] | string {
  const input = combinedValue(response.fields, 'signature-input')
  if (input === null) return 'the answer is not signed.'
  const found = verifySignatures(
    {
      message: { request, response },
      input,
      signature: combinedValue(response.fields, 'signature'),
      hasBody: body !== null && body.length > 0,
    },
    RULES,
    { owner: 'the gateway', keys: heldKeys(keys) },
    now,
  )
  if (found === D.SIG_KEYID) return `it is signed with a key that the set does not have: ${input}`
  if (found instanceof Need) return 'the keys are not known.'
  if (isDenial(found)) return `${found.code}, of which a request is told: ${found.says}`
  if (body === null) return found
  const digests = readIntegrityField(combinedValue(response.fields, 'content-digest'))
  if (digests === undefined) return 'Content-Digest cannot be read.'
  if (digests?.length === 0) return 'Content-Digest has no algorithm that counts.'
  const differs = digests?.find(
    (each) => contentDigest(each.algorithm, [body]) !== each.digest.toString('base64'),
  )
  return differs === undefined
    ? found
    : `the body is not the one that was signed: its ${differs.algorithm} differs.`
}

function told(
  { request, response }: Exchange,
  body: Buffer | null,
  found: readonly MessageSignature[],
): string {
  const signatures = found.map(({ label, input, algorithm }) => {
    const made = new Date((input.created as number) * 1000).toISOString()
    const covered = input.components.map(({ identity }) => identity).join(' ')
    return `${label}: made ${made} with ${input.keyid ?? 'a key of the set'}, ${algorithm.name}\n  covers ${covered}\n`
  })
  const content = body?.length ? 'its body has the digest that is signed' : 'it has no body'
  const { method, origin, requestTarget } = request
  return `good: ${response.status} to ${method} ${origin}${requestTarget}; ${content}\n${signatures.join('')}`
}

function readKeys(file: string): readonly VerificationKey[] {
  const text = readText('--jwks', file)
  try {
    const keys = readJwkSet(JSON.parse(text))
    if (keys !== undefined && keys.length > 0) return keys
  } catch {}
  throw new UsageProblem(`--jwks ${file} is no JWK set with a public key for signatures.`)
}

function readExchange(file: string): Exchange {
  const exchange = readCurlExchange(readOctets('the exchange', file).toString('latin1'))
  if (typeof exchange === 'string') throw new UsageProblem(`${file}: ${exchange}`)
  return exchange
}

/** Null: the answer can have none. Else it is not verified without the file, unless it is empty: what was signed need not have been. */
function readBody(file: string | undefined, { request, response }: Exchange): Buffer | null {
  if (file !== undefined) return readOctets('--body', file)
  if (request.method === 'HEAD' || BODILESS.has(response.status)) return null
  if (fieldValue(response.fields, 'content-length') === '0') return Buffer.alloc(0)
  throw new UsageProblem('--body is missing: the file with the body of the answer.')
}

/** Whatever the profile: a signature of an answer means little without these. How old it may be is for its client to say. */
const RULES: SignatureRules = {
  ...fapi2.request,
  tag: null,
  coverage: coverage({ always: ['@status'], ifPresent: [], ifBody: ['content-digest'] }),
  maxAge: Number.POSITIVE_INFINITY,
  clockSkew: Number.POSITIVE_INFINITY,
  requiresKeyid: false,
  algorithms: allowSignatures(['ES256', 'ES384', 'Ed25519', 'PS256', 'PS512']),
  several: 'all',
}
const BODILESS: ReadonlySet<number> = new Set([204, 304])
const OPTIONS = {
  jwks: { type: 'string' },
  body: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const HELP = `holdfast verify-answer EXCHANGE --jwks FILE [--body FILE]

Verifies the signatures of an answer as its client would (RFC 9421), and that the body has the digest that is signed (RFC 9530).

EXCHANGE      what curl -sv wrote to standard error: the request, parts of which are signed with the answer, and the answer
--jwks FILE   the public keys of the gateway, a JWK set, from jwks_path of its listener
--body FILE   the body, octet by octet

  curl -sv -o body https://api.example/accounts -H … 2> exchange
  curl -s -o keys.json https://api.example/jwks.json
  holdfast verify-answer exchange --jwks keys.json --body body

How old an answer may be it does not judge; the time is told. Ends with 0 where every signature holds, 1 where one does not or there
is none, 2 where something could not be read.
`
