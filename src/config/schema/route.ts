import * as z from 'zod'
import { HEADER_FORMS } from '../../decision/required-headers.ts'
import { authority } from './authority.ts'
import { consentDemand } from './consent.ts'
import { cors, fieldName } from './cors.ts'
import { routeErrors } from './errors.ts'
import { routeEvidence } from './evidence.ts'
import { algorithms } from './issuer.ts'
import { host, method, pathPattern, upstreamOrigin } from './network.ts'
import { saidOf } from './said.ts'
import { upstreamSignature } from './signature.ts'
import {
  choice,
  count,
  duration,
  entryName,
  filePath,
  flag,
  mapping,
  oneOrList,
  size,
  text,
} from './value.ts'

export const upstream = mapping({
  url: upstreamOrigin.describe('Origin that requests are forwarded to; http only to this machine.'),
  socket_path: filePath.exactOptional().describe('Unix socket to connect to, instead of the host of `url`.'),
  timeout: duration('1ms', '24h')
    .prefault('30s')
    .describe('Time for the response to begin, and between its parts.'),
  connect_timeout: duration('1ms', '1h').prefault('5s').describe('Time to connect, TLS included.'),
  ca: filePath.exactOptional().describe('CA certificates of the upstream, PEM; default: those of Node.'),
  certificate: filePath.exactOptional().describe('Client certificate that we show to the upstream, PEM.'),
  private_key: filePath.exactOptional().describe('Its private key, PEM, not encrypted.'),
  max_connections: count(1, 65_535)
    .prefault(256)
    .describe(
      'Most connections to this upstream at a time; 16 times as many requests may wait for one, a second longer than `connect_timeout` each and a quarter of them of one client; one that becomes free goes to the client that has the fewest.',
    ),
  identity: choice('headers', 'jwt')
    .prefault('headers')
    .describe(
      'How it is told who asks: in `Holdfast-*` fields, or in a JWT of ours in the field `Txn-Token`, which takes a key in `signing`.',
    ),
  txn_token: mapping({
    audience: text('text', 'a text that is not empty')
      .exactOptional()
      .describe('`aud`; default: the origin in `url`.'),
    lifetime: duration('1s', '5m').prefault('15s').describe('How long it is good.'),
  })
    .prefault({})
    .describe('What is in that JWT (draft-ietf-oauth-transaction-tokens-10).'),
  client_cert: choice('off', 'leaf', 'chain')
    .prefault('off')
    .describe(
      'Whether it is given the certificate that the client has shown and we accept, in the field `Client-Cert`, and with `chain` what the client sent above it, in `Client-Cert-Chain` (RFC 9440).',
    ),
  signature: upstreamSignature
    .exactOptional()
    .describe(
      'What is forwarded to it is signed with a key from `signing` (RFC 9421), label `holdfast`; bodies are held until they are hashed. Signatures of clients stay here then.',
    ),
  danger_plaintext: flag()
    .prefault(false)
    .describe('Allows http to another machine; whoever is between reads along.'),
})

const dpopRules = {
  nonce: choice('off', 'optional', 'required')
    .prefault('off')
    .describe(
      'Whether proofs carry a nonce of ours (RFC 9449 §9). `optional`: one with a nonce is judged by it; one without by its `iat`, and asked for a nonce where that will not do. With `off` none is asked for; where `replay.store` is `redis` one that comes is judged. `exp` and `nbf` of a proof hold whatever tells its age.',
    ),
  nonce_age: duration('1s', '1h').prefault('5m').describe('How long a nonce is good.'),
  max_age: duration('1s', '10m')
    .prefault('60s')
    .describe('How old a proof may be by its `iat` (RFC 9449 §4.3(11)).'),
  clock_skew: duration('0ms', '60s')
    .prefault('10s')
    .describe('How far `iat` may lie ahead of our clock (RFC 9449 §11.1).'),
  algorithms: algorithms
    .prefault(['PS256', 'ES256', 'EdDSA', 'Ed25519'])
    .describe('Signature algorithms of proofs (RFC 9449 §4.3(5)).'),
}

const issuers = oneOrList(entryName, 'the name of an issuer or a list of them')

const demands = {
  consent: consentDemand
    .exactOptional()
    .describe('The consent of the customer that the token must stand for.'),
  sender: oneOrList(choice('dpop', 'mtls'), 'dpop, mtls or a list of them')
    .prefault(['dpop', 'mtls'])
    .describe(
      'How the token may be bound to its sender: at least one of these must be proved, and every `cnf` member we know as well (FAPI2-SP §5.3.4(5)).',
    ),
  dpop: mapping(dpopRules).prefault({}).describe('What DPoP proofs must fulfil (RFC 9449 §4.3).'),
  signature: entryName
    .exactOptional()
    .describe(
      'How requests are signed, which is verified, and how answers are (RFC 9421): `fapi2`, FAPI 2.0 HTTP Signatures, or a name from `signature_profiles`.',
    ),
  content_digest: choice('off', 'optional', 'required')
    .exactOptional()
    .describe(
      'Whether bodies are compared with their Content-Digest and Repr-Digest (RFC 9530): not at all, where they have one, or always, so that a body without is refused. Default: required where requests are signed, optional where answers alone are, else off.',
    ),
  strict_confirmation: flag()
    .prefault(false)
    .describe('Refuses tokens with a `cnf` member that we do not know; RFC 7800 §3.1 lets them be ignored.'),
  danger_accept_bearer: flag()
    .prefault(false)
    .describe('Accepts tokens without `cnf`: whoever steals one can use it.'),
}

/** Of what is only said beside the rules of a route nothing holds that is not said. */
const saidDemands = {
  ...saidOf(demands),
  dpop: mapping(saidOf(dpopRules))
    .exactOptional()
    .describe(demands.dpop.description ?? ''),
}

const enforce = choice('always', 'shadow')

export const policy = mapping({
  enforce: enforce
    .prefault('always')
    .describe(
      '`shadow`: its rules only watch; what they would refuse is written down and counted, and passes.',
    ),
  issuer: issuers.exactOptional().describe('Names from `issuers`; the token must come from one of them.'),
  ...authority,
  ...saidDemands,
})

const requirement = mapping({
  policy: oneOrList(entryName, 'the name of a policy or a list of them', 0)
    .prefault([])
    .describe('Names from `policies`: all that they demand, besides what stands here.'),
  issuer: issuers.describe(
    'Names from `issuers`; the token must come from one of them. It may stand in a policy instead.',
  ),
  ...authority,
  ...demands,
  shadow: mapping({ ...saidOf(authority), ...saidDemands })
    .prefault({})
    .describe(
      'Further rules that only watch, each for itself beside all that is enforced: what one would refuse is written down and counted, and passes.',
    ),
})

const limits = mapping({
  body_size: size('0B', '1023GiB')
    .exactOptional()
    .describe('Longest body of a request, instead of that of the listener.'),
  held_body_size: size('1KiB', '1GiB')
    .prefault('1MiB')
    .describe(
      'Longest body where it must be judged before the upstream may see it, and is held in memory until then; a longer one is answered 413.',
    ),
  held_answer_size: size('1KiB', '1GiB')
    .prefault('1MiB')
    .describe(
      'Longest body of an answer that is signed: it is held in memory until its digest is known. A longer one passes only with a Content-Digest by the upstream, which is compared as it flows; else it is answered 502.',
    ),
  held_body_timeout: duration('100ms', '1h')
    .prefault('30s')
    .describe('Time that a body which is held back may take to arrive.'),
})

export const route = mapping({
  name: text('text', 'a text of at most 100 characters', /^[^\x00-\x1f\x7f]{1,100}$/)
    .exactOptional()
    .describe('Name of the route in logs and metrics; default: its methods and path.'),
  path: pathPattern.describe(
    'Path that requests must have: `*` or a name in braces, as in `/accounts/{accountId}`, is one segment, `**` at the end zero or more; the most specific route wins, a trailing slash counts.',
  ),
  hosts: oneOrList(host, 'a host or a list of them')
    .exactOptional()
    .describe('Hosts of those public origins that the route is for; default: all.'),
  methods: oneOrList(method, 'a method or a list of them')
    .exactOptional()
    .describe(
      'Methods that the route is for; GET implies HEAD; default: all in upper case but CONNECT and TRACE.',
    ),
  upstream: entryName.describe('Name from `upstreams`.'),
  require: requirement
    .exactOptional()
    .describe('What a request must prove; either this or `danger_public: true`.'),
  enforce: enforce
    .prefault('always')
    .describe(
      '`shadow`: the route is as open as with `danger_public`, and what `require` would refuse is written down and counted.',
    ),
  danger_public: flag()
    .prefault(false)
    .describe('No credential is asked for, and credentials are not forwarded.'),
  required_headers: z
    .record(fieldName, choice(...HEADER_FORMS), {
      error: 'a mapping of field names to text, uuid, key, number, ip or date',
    })
    .prefault({})
    .describe(
      'Header fields that every request must have, by name, and in which form: `text` is anything, `key` 1 to 40 characters (of an idempotency key), `number` a whole one above zero, `ip` an IPv4 or IPv6 address, `date` an HTTP date; without, a request is answered 400.',
    ),
  optional_headers: z
    .record(fieldName, choice(...HEADER_FORMS), {
      error: 'a mapping of field names to text, uuid, key, number, ip or date',
    })
    .prefault({})
    .describe(
      'The same for header fields that a request may leave out: one that has them in another form is answered 400.',
    ),
  signing_key: oneOrList(text('key_id', 'the key_id of a signing key'), 'a key_id or a list of them')
    .exactOptional()
    .describe(
      'Keys from `signing` that sign for this route, by their `key_id`; default: those for the host.',
    ),
  forward_token: flag().prefault(false).describe('Forwards the access token as it came.'),
  path_parameters: flag()
    .prefault(false)
    .describe('Allows `;` in the path, which upstreams read in different ways (RFC 3986 §3.3).'),
  cors: cors
    .exactOptional()
    .describe('Calls of scripts in browsers from other origins (CORS); default: none.'),
  errors: routeErrors.exactOptional().describe('How refusals are written on this route.'),
  evidence: routeEvidence,
  limits: limits.prefault({}).describe('What a request may cost on this route.'),
})

export type UpstreamDocument = z.output<typeof upstream>
export type RouteDocument = z.output<typeof route>
export type PolicyDocument = z.output<typeof policy>
export type RequireDocument = z.output<typeof requirement>
export type DpopDocument = z.output<ReturnType<typeof mapping<typeof dpopRules>>>
