import { createPublicKey, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, SignJWT } from 'jose'
import { thumbprintOf } from '../codec/certificate.ts'
import { isJsonObject, type JsonObject } from '../codec/json.ts'
import { duration } from '../config/schema/value.ts'
import { printed, readOptions, UsageProblem } from './command.ts'
import { NEW_KEYS, type NewKey, readCertificate, readPrivateKey } from './key-file.ts'
import { throwAwayIssuer } from './throw-away-issuer.ts'

/**
 * `holdfast token`: prints one access token of an issuer whose key is in a file, for trying things out. Answers the exit code:
 * 0 done, 2 for an argument that is wrong or a file that cannot be used, said in a sentence on standard error.
 */
export function runToken(args: readonly string[]): Promise<number> {
  return printed('token', async () => {
    const options = readOptions(args, OPTIONS)
    return options.help ? HELP : `${await tokenFor(options)}\n`
  })
}

type Options = ReturnType<typeof readOptions<typeof OPTIONS>>

async function tokenFor(options: Options): Promise<string> {
  const { 'issuer-key': keyFile, 'jwks-file': jwksFile } = options
  if (keyFile === undefined) throw new UsageProblem('--issuer-key is missing: the key that signs the token.')
  // Whatever is wrong is said before a file is written.
  const claims = await claimsOf(options)
  const { key, alg, kid, news } = await throwAwayIssuer(keyFile, jwksFile, algorithmOf(options))
  process.stderr.write(news)
  return new SignJWT(claims).setProtectedHeader({ typ: 'at+jwt', alg, kid }).sign(key)
}

/** RFC 9068 §2.2. */
async function claimsOf(options: Options): Promise<JsonObject> {
  const { issuer: iss, audience: aud, scope, 'client-id': clientId, subject } = options
  if (iss === undefined) throw new UsageProblem('--issuer is missing: the issuer of the token (iss).')
  if (aud === undefined) throw new UsageProblem('--audience is missing: whom the token is for (aud).')
  const iat = Math.floor(Date.now() / 1000)
  return {
    iss,
    aud,
    // RFC 9068 §2.2: a client that acts for itself is its own subject.
    sub: subject ?? clientId,
    client_id: clientId,
    iat,
    exp: iat + lifetimeOf(options),
    jti: randomUUID(),
    ...(scope === undefined ? {} : { scope }),
    cnf: await confirmationOf(options),
    ...furtherClaims(options),
  }
}

/** What the token is bound to: a key (RFC 9449 §6.1), a certificate (RFC 8705 §3.1), or both. */
async function confirmationOf({ key: keyFile, certificate: file }: Options): Promise<JsonObject> {
  if (keyFile === undefined && file === undefined) {
    throw new UsageProblem('--key or --certificate is missing: what the token is bound to.')
  }
  return {
    ...(keyFile === undefined ? {} : { jkt: await jktOf(keyFile) }),
    ...(file === undefined ? {} : { 'x5t#S256': x5tOf(file) }),
  }
}

async function jktOf(file: string): Promise<string> {
  return calculateJwkThumbprint(await exportJWK(createPublicKey(readPrivateKey('--key', file))))
}

function x5tOf(file: string): string {
  return thumbprintOf(readCertificate('--certificate', file).raw)
}

/** Undefined: that of the key. */
function algorithmOf({ algorithm }: Options): NewKey | undefined {
  if (algorithm === undefined || Object.hasOwn(NEW_KEYS, algorithm)) return algorithm as NewKey | undefined
  throw new UsageProblem(`--algorithm “${algorithm}” must be ${Object.keys(NEW_KEYS).join(' or ')}.`)
}

/** Seconds. */
function lifetimeOf({ lifetime }: Options): number {
  const read = LIFETIME.safeParse(lifetime)
  if (!read.success) throw new UsageProblem(`--lifetime “${lifetime}” must be ${LIFETIME_EXPECTED}.`)
  return Math.floor(read.data / 1000)
}

function furtherClaims({ claims }: Options): JsonObject {
  try {
    const read: unknown = JSON.parse(claims)
    if (isJsonObject(read)) return read
  } catch {
    // The same is wrong with it.
  }
  throw new UsageProblem('--claims must be a JSON object, as {"acr":"strong"} is.')
}

const LIFETIME = duration('1s', '24h')
const LIFETIME_EXPECTED = 'a duration from 1s to 24h, such as 60s, 5m or 1h'

const OPTIONS = {
  'issuer-key': { type: 'string' },
  'jwks-file': { type: 'string' },
  algorithm: { type: 'string' },
  issuer: { type: 'string' },
  audience: { type: 'string' },
  key: { type: 'string' },
  certificate: { type: 'string' },
  scope: { type: 'string' },
  'client-id': { type: 'string', default: 'client-1' },
  subject: { type: 'string' },
  lifetime: { type: 'string', default: '10m' },
  claims: { type: 'string', default: '{}' },
  help: { type: 'boolean', short: 'h' },
} as const

const HELP = `holdfast token --issuer-key FILE --issuer URL --audience URL --key FILE [options]   prints one access token (RFC 9068)

For trying things out alone. Whoever has the key in FILE makes any token, so no gateway that others reach may trust it.

  --issuer-key FILE    the private key that signs: PEM or JWK; made where there is no such file
  --jwks-file FILE     its public half as a JWK set, for jwks_file of the configuration; written where there is no such file
  --algorithm ALG      what such a new key is for: ES256 or PS256; default: ES256
  --issuer URL         the issuer (iss), as in the configuration
  --audience URL       whom the token is for (aud), as in the configuration
  --key FILE           binds it to this DPoP key (cnf.jkt): the one of holdfast proof
  --certificate FILE   binds it to this client certificate (cnf.x5t#S256): PEM
  --scope SCOPE        scopes, with a space between two
  --client-id ID       the client; default: client-1
  --subject ID         the user (sub); default: the client, which then acts for itself
  --lifetime TIME      how long it is good, such as 60s, 5m or 1h; default: 10m
  --claims JSON        further claims, such as '{"acr":"strong"}'; they win over those above
  --help               this page

The token alone is on standard output:

  holdfast proof --new-key key.pem
  holdfast token --issuer-key issuer-key.pem --jwks-file issuer.jwks.json --key key.pem \\
    --issuer https://as.example --audience https://api.example --scope accounts > token
`
