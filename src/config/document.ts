import * as z from 'zod'
import { caches } from './schema/caches.ts'
import { client, clientKeys } from './schema/client.ts'
import { consentService } from './schema/consent.ts'
import { errors } from './schema/errors.ts'
import { evidence } from './schema/evidence.ts'
import { heldBodies } from './schema/held-bodies.ts'
import { dpopNonce, issuer } from './schema/issuer.ts'
import { admin, listener, monitoring } from './schema/listener.ts'
import { overload } from './schema/overload.ts'
import { replay } from './schema/replay.ts'
import { policy, route, upstream } from './schema/route.ts'
import { signatureProfile } from './schema/signature.ts'
import { signing } from './schema/signing.ts'
import { choice, count, duration, filePath, flag, listOf, mapping, named } from './schema/value.ts'

export type { IssuerDocument } from './schema/issuer.ts'
export type { ListenerDocument } from './schema/listener.ts'
export type {
  DpopDocument,
  PolicyDocument,
  RequireDocument,
  RouteDocument,
  UpstreamDocument,
} from './schema/route.ts'
export type { SigningDocument } from './schema/signing.ts'

const THREADS = 'auto or a whole number from 1 to 1024'

const log = mapping({
  level: choice('debug', 'info', 'warn', 'error')
    .prefault('info')
    .describe(
      'Least severe level of the messages that are written; the lines of requests are not among them.',
    ),
  access: flag()
    .prefault(true)
    .describe('Whether every request is written, one line each; refusals and failures always are.'),
})

/**
 * The configuration file, key for key. What it parses to is normal: durations are milliseconds, sizes octets, "one or a
 * list" is a list, defaults are in. Rules between keys are in cross-check.ts.
 */
export const documentSchema = mapping({
  threads: z
    .union([z.literal('auto', { error: THREADS }), count(1, 1024)], { error: THREADS })
    .exactOptional()
    .describe(
      'Threads that serve requests; default and auto: as many as the CPUs that this process may use.',
    ),
  drain_timeout: duration('0ms', '1h')
    .prefault('30s')
    .describe('Time that requests in flight have to end at shutdown.'),
  strict: flag()
    .prefault(false)
    .describe(
      'Whether the file is held to FAPI 2.0. A problem instead of a notice are then: algorithms that it does not have, tokens that are bound to nobody, a status of tokens that is not looked at, and an issuer of whose tokens nobody would learn that they were revoked, and which has no `max_token_lifetime`.',
    ),
  log: log.prefault({}).describe('What is written to standard output.'),
  listeners: listOf(listener, 'a list of listeners').describe('Where clients connect.'),
  admin: admin.prefault({}).describe('Where operators connect.'),
  monitoring: monitoring
    .exactOptional()
    .describe(
      'Where probes and Prometheus connect, from other machines too: it tells how the process fares and changes nothing. Without it they ask the admin address.',
    ),
  revocations_file: filePath
    .exactOptional()
    .describe(
      'File with what is revoked from the start on: a JSON list of entries as `POST /revocations` takes them. It is read at each reload; an entry counts for as long as it stands there.',
    ),
  issuers: named(issuer).prefault({}).describe('Authorization servers whose access tokens are accepted.'),
  clients: z
    .array(client, { error: 'a list of clients' })
    .prefault([])
    .describe("Clients whose message signatures can be verified; the key must belong to the token's client."),
  signature_profiles: named(signatureProfile)
    .prefault({})
    .describe(
      'Profiles of message signatures by name, for `require.signature`; what one does not say is as in `fapi2`.',
    ),
  client_keys: clientKeys
    .exactOptional()
    .describe('A directory that has the keys of the clients that are not among `clients`.'),
  signing: signing
    .prefault([])
    .describe(
      'Keys that sign what the gateway says, one or several; of those whose turn it is the one whose turn began last signs, else the first.',
    ),
  dpop_nonce: dpopNonce
    .prefault({})
    .describe('The secret behind DPoP nonces (RFC 9449 §9); made at start where none is given.'),
  errors: errors.prefault({}).describe('How refusals are written.'),
  replay: replay.prefault({}).describe('The memory of spent DPoP proofs (RFC 9449 §11.1).'),
  caches: caches
    .prefault({})
    .describe('Entries that each thread remembers; as many clients as are active at a time are served best.'),
  held_bodies: heldBodies.prefault({}).describe('Bodies that are held back until they were judged.'),
  evidence: evidence
    .exactOptional()
    .describe('Where the evidence of exchanges is kept, for routes with `evidence`.'),
  consents: named(consentService)
    .prefault({})
    .describe('Who knows what customers agreed to, for `require.consent`.'),
  overload: overload
    .prefault({})
    .describe('From when on new requests are turned away, so that those under way end.'),
  upstreams: named(upstream).prefault({}).describe('Where requests are forwarded to.'),
  policies: named(policy)
    .prefault({})
    .describe(
      'What routes demand in common; `require.policy` names one. A route can add to it, and take nothing away.',
    ),
  routes: listOf(route, 'a list of routes').describe(
    'What is forwarded, and what it takes; a path that no route names is 404.',
  ),
})

export type Document = z.output<typeof documentSchema>
