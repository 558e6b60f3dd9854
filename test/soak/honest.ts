import { randomInt } from 'node:crypto'
import type { SigningKey } from '../support/keys.ts'
import { expectPassed } from './expect.ts'
import { type Identity, proved } from './identities.ts'
import { digestOf, uuidOf } from './marks.ts'
import { expectSigned, SIGNERS, signedBy, signers } from './signed.ts'
import type { Got, Wanted } from './wire.ts'
import { type Deed, oneOf, versionOf, type World } from './world.ts'

/** What an honest client asks for. */
export interface Ask {
  readonly kind: string
  readonly identity: Identity
  readonly path: string
  readonly query?: string
  readonly method?: string
  readonly version?: '1.1' | '2'
  /** Of the body that is sent, and of the one that is to come. */
  readonly octets?: number | null
  readonly answers?: number
  readonly isChunked?: boolean
  readonly fields?: (id: string) => readonly string[]
  /** The request is signed with it, and its answer has to be signed. */
  readonly signer?: SigningKey
  /** Evidence is kept of it. */
  readonly isKept?: boolean
  /** What may be away. */
  readonly needs?: readonly string[]
}

export const honest: readonly Deed[] = [
  deed('dpop GET', 30, ({ dpop }) => ({
    identity: oneOf(dpop),
    path: oneOf(['/accounts/1', '/payments/1']),
  })),
  deed('dpop POST', 14, ({ dpop }) => ({
    ...{ identity: oneOf(dpop), path: '/payments/1', method: 'POST' },
    ...{ octets: randomInt(1, 4_000), isChunked: randomInt(2) === 0 },
  })),
  deed('mtls GET', 10, ({ mtlsClients }) => ({ identity: oneOf(mtlsClients), path: '/accounts/1' })),
  deed('mtls POST', 5, ({ mtlsClients }) => ({
    ...{ identity: oneOf(mtlsClients), path: '/accounts/1', method: 'POST', octets: randomInt(1, 4_000) },
  })),
  deed('nonce', 6, ({ dpop }) => ({ identity: oneOf(dpop), path: '/nonce/1', method: 'POST', octets: 20 })),
  deed('fetched keys', 8, ({ fetched }) => ({ identity: fetched(), path: '/fetched/1', needs: ['issuer'] })),
  deed('held body', 8, ({ dpop }) => held(oneOf(dpop), randomInt(1, 100_000))),
  deed('introspected', 8, ({ opaque }) => ({
    ...{ identity: oneOf(opaque), path: '/asked/1', method: oneOf(['GET', 'PUT']) },
    ...{ needs: ['introspection'], octets: 20 },
  })),
  deed('introspected, evidence', 6, ({ opaque }) => ({
    ...{ identity: oneOf(opaque), path: '/noted/1', method: 'POST', octets: randomInt(1, 4_000) },
    ...{ needs: ['introspection'], isKept: true },
  })),
  deed('signed GET', 5, (world) => signed(world, { path: '/signed/1', query: 'octets=100' })),
  deed('signed POST', 5, (world) =>
    signed(world, { path: '/signed/1', method: 'POST', octets: randomInt(1, 20_000) }),
  ),
  deed('signed, evidence', 6, (world) => ({
    ...signed(world, { path: '/kept/1', method: 'POST', octets: randomInt(1, 4_000) }),
    isKept: true,
  })),
  deed('upload', 1.5, ({ dpop }) => ({
    ...{ identity: oneOf(dpop), path: '/payments/1', method: 'PUT' },
    ...{ octets: randomInt(1, 4) * 1024 * 1024 + 7, isChunked: randomInt(2) === 0 },
  })),
  deed('download', 1.5, ({ dpop }) => {
    const answers = randomInt(1, 4) * 1024 * 1024 + 11
    return { identity: oneOf(dpop), path: '/accounts/1', query: `octets=${answers}`, answers }
  }),
  deed('both ways', 0.5, ({ dpop }) => ({
    ...{ identity: oneOf(dpop), path: '/payments/1', method: 'POST' },
    ...{ octets: 1_500_000, query: 'octets=1500001', answers: 1_500_001 },
  })),
  deed('slow answer', 2, ({ dpop }) => ({ identity: oneOf(dpop), path: '/accounts/1', query: 'delay=700' })),
  deed('events', 1, ({ dpop }) => ({
    ...{ identity: oneOf(dpop), path: '/payments/1' },
    ...{ query: 'octets=1000&parts=10', answers: 1000 },
  })),
]

function deed(kind: string, weight: number, ask: (world: World) => Omit<Ask, 'kind'>): Deed {
  return { kind, weight, run: (world) => sendHonest(world, { kind, ...ask(world) }).then(() => {}) }
}

/** Sends a request that must pass, once more where a nonce is asked for (RFC 9449 §8); gives its last form. */
export async function sendHonest(world: World, ask: Ask): Promise<{ wanted: Wanted; got: Got }> {
  const { kind, identity, path, method = 'GET', octets = null, answers = ANSWER } = ask
  const version = ask.version ?? versionOf()
  const needs = [path.startsWith('/payments') ? 'payments' : 'accounts', ...(ask.needs ?? [])]
  const isKept = ask.isKept ?? false
  const id = world.book.enter({ kind, method, expected: 'pass', client: identity.name, isKept })
  for (let attempt = 1; ; attempt++) {
    const since = performance.now()
    const target = ask.query === undefined ? path : `${path}?${ask.query}`
    const fields = [...idFields(id), ...proved(identity, method, path), ...(ask.fields?.(id) ?? [])]
    const wanted: Wanted = {
      ...{ id, version, method, octets, target, isChunked: ask.isChunked ?? false },
      port: identity.key === null ? world.mtls : world.open,
      certificate: identity.certificate,
      fields: ask.signer === undefined ? fields : signedBy(ask.signer, { method, target }, fields),
    }
    const got = await world.wire.send(wanted)
    const nonce = got.fields.get('dpop-nonce')
    if (nonce !== undefined) identity.nonce = nonce
    if (got.status === 401 && got.text.includes('"DPOP_NONCE') && attempt < 3) {
      world.book.came(kind, 'asked for a nonce')
      continue
    }
    // The gateway asked for a new connection while this was on its way, and did not look at it (RFC 9113 §8.7).
    if (got.status === 0 && got.fault?.includes('NGHTTP2_REFUSED_STREAM') && attempt < 3) {
      world.book.came(kind, 'sent anew on another connection')
      continue
    }
    expectPassed(world, kind, wanted, got, { since, needs, octets: answers })
    if (ask.signer !== undefined && got.status === 200) await expectSigned(world, kind, wanted, got)
    return { wanted, got }
  }
}

/** A body whose digest is in the head: it is judged before the upstream sees it. */
function held(identity: Identity, octets: number): Omit<Ask, 'kind'> {
  return {
    ...{ identity, path: '/held/1', method: 'POST', octets, isChunked: randomInt(2) === 0 },
    fields: (id) => ['content-digest', digestOf(id, octets)],
  }
}

/** Signed by the client that its token was issued to; over its body as well, where it has one. */
function signed({ dpop }: World, ask: Omit<Ask, 'kind' | 'identity'>): Omit<Ask, 'kind'> {
  const at = randomInt(SIGNERS.length)
  const { octets = null } = ask
  return {
    ...{ identity: dpop[at]!, signer: signers.get(SIGNERS[at]!)! },
    ...(octets === null ? {} : { fields: (id) => ['content-digest', digestOf(id, octets)] }),
    ...ask,
  }
}

export function idFields(id: string): string[] {
  return ['x-soak-id', id, 'x-fapi-interaction-id', uuidOf(id)]
}

/** Octets, where nothing else is asked for. */
const ANSWER = 100
