import { randomInt, randomUUID } from 'node:crypto'
import { altered } from '../support/jws.ts'
import { aKey, freshKey } from '../support/keys.ts'
import { nowSeconds, ORIGIN, token } from '../support/wire-tokens.ts'
import { expectOwn, expectRefused, outcomeOf } from './expect.ts'
import { idFields, sendHonest } from './honest.ts'
import { type Changes, type Identity, proved } from './identities.ts'
import { digestOf } from './marks.ts'
import type { Wanted } from './wire.ts'
import { type Deed, oneOf, versionOf, type World } from './world.ts'

/** Requests that are well formed, and that nobody may let pass. */
export const refused: readonly Deed[] = [
  credential('proof forged', 4, ({ key }) => ({ key: THIEF, header: { jwk: key?.jwk } })),
  credential('proof of another key', 4, () => ({ key: THIEF })),
  credential('proof for another method', 3, () => ({ claims: { htm: 'DELETE' } })),
  credential('proof for another target', 3, () => ({ claims: { htu: `${ORIGIN}/payments/2` } })),
  credential('proof for another token', 3, () => ({ claims: { ath: 'x'.repeat(43) } })),
  credential('proof too old', 3, () => ({ claims: { iat: nowSeconds() - 600 } })),
  credential('token expired', 4, ({ key }) => ({
    token: token({ claims: { cnf: { jkt: key?.jkt }, iat: nowSeconds() - 900, exp: nowSeconds() - 600 } }),
  })),
  credential('token forged', 4, ({ key }) => ({
    token: token({
      claims: { cnf: { jkt: key?.jkt } },
      key: { ...THIEF, kid: aKey('ES256', 'issuer').kid },
    }),
  })),
  credential('token of a foreign issuer', 2, ({ key }) => ({
    token: token({ claims: { cnf: { jkt: key?.jkt }, iss: 'https://as.elsewhere.example' } }),
  })),
  credential('token by an unknown key', 2, ({ key }) => ({
    token: token({ claims: { cnf: { jkt: key?.jkt } }, key: { ...THIEF, kid: randomUUID() } }),
  })),
  credential('token for another audience', 2, ({ key }) => ({
    token: token({ claims: { cnf: { jkt: key?.jkt }, aud: 'https://elsewhere.example' } }),
  })),
  credential('token without the scope', 2, ({ key }) => ({
    token: token({ claims: { cnf: { jkt: key?.jkt }, scope: 'nothing' } }),
  })),
  { kind: 'token altered', weight: 2, run: (world) => send(world, 'token altered', alteredToken(world)) },
  { kind: 'no credentials', weight: 3, run: (world) => send(world, 'no credentials', () => []) },
  { kind: 'stolen certificate token', weight: 3, run: stolen },
  { kind: 'proof replayed', weight: 4, run: replayed },
  { kind: 'proof used twice at once', weight: 3, run: twiceAtOnce },
  { kind: 'held body, wrong digest', weight: 4, run: wrongDigest },
  { kind: 'held body, too long', weight: 0.5, run: tooLong },
  { kind: 'no such route', weight: 2, run: (world) => send(world, 'no such route', honestly, '/nowhere') },
  {
    kind: 'path trick',
    weight: 2,
    run: (world) => send(world, 'path trick', honestly, '/accounts/..%2fheld'),
  },
]

type Fields = (identity: Identity, method: string, path: string) => readonly string[]

function credential(kind: string, weight: number, changes: (identity: Identity) => Changes): Deed {
  const fields: Fields = (identity, method, path) => proved(identity, method, path, changes(identity))
  return { kind, weight, run: (world) => send(world, kind, fields) }
}

const honestly: Fields = (identity, method, path) => proved(identity, method, path)

function alteredToken({ dpop }: World): Fields {
  return (identity, method, path) => {
    const changed = altered(identity.token, (parts) => {
      parts.payload = oneOf(dpop).token.split('.')[1] as string
      parts.signature = `${parts.signature.startsWith('A') ? 'B' : 'A'}${parts.signature.slice(1)}`
    })
    return proved(identity, method, path, { token: changed })
  }
}

async function send(world: World, kind: string, fields: Fields, path = '/accounts/1'): Promise<void> {
  const method = oneOf(['GET', 'POST'])
  const identity = oneOf(world.dpop)
  const id = world.book.enter({ kind, method, expected: 'refuse' })
  const wanted = request(world, id, method, path, fields(identity, method, path))
  expectRefused(world, kind, wanted, await world.wire.send(wanted))
}

/** A certificate-bound token, shown without its certificate, or with another's. */
async function stolen(world: World): Promise<void> {
  const kind = 'stolen certificate token'
  const [victim, thief] = oneOf([[0, 1] as const, [1, 0] as const]).map((at) => world.mtlsClients[at]!)
  const id = world.book.enter({ kind, method: 'GET', expected: 'refuse' })
  const wanted: Wanted = {
    ...request(world, id, 'GET', '/accounts/1', proved(victim!, 'GET', '/accounts/1')),
    port: world.mtls,
    certificate: oneOf([thief!.certificate, null]),
  }
  expectRefused(world, kind, wanted, await world.wire.send(wanted))
}

/** What has passed, once more, by somebody who has seen all of it. */
async function replayed(world: World): Promise<void> {
  const kind = 'proof replayed'
  const { wanted, got } = await sendHonest(world, {
    ...{ kind: 'proof that is then replayed', identity: oneOf(world.dpop), path: '/accounts/1' },
  })
  if (got.status !== 200) return
  const credentials = wanted.fields.slice(4)
  await Promise.all(
    Array.from({ length: randomInt(1, 4) }, async () => {
      const id = world.book.enter({ kind, method: 'GET', expected: 'refuse' })
      const again = request(world, id, 'GET', '/accounts/1', credentials)
      expectRefused(world, kind, again, await world.wire.send(again))
    }),
  )
}

/** The same proof, several times at the same moment over several connections: it is good for one of them. */
async function twiceAtOnce(world: World): Promise<void> {
  const kind = 'proof used twice at once'
  const group = randomUUID()
  const credentials = proved(oneOf(world.dpop), 'POST', '/accounts/1')
  const answers = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const id = world.book.enter({ kind, method: 'POST', expected: 'either', group })
      const wanted = request(world, id, 'POST', '/accounts/1', credentials)
      const got = await world.wire.send(wanted)
      world.book.came(kind, outcomeOf(got))
      expectOwn(world.book, kind, wanted, got)
      return got.status
    }),
  )
  if (answers.filter((status) => status === 200).length > 1)
    world.book.violated('one proof was answered twice', String(answers))
}

async function wrongDigest(world: World): Promise<void> {
  const kind = 'held body, wrong digest'
  const octets = randomInt(1, 100_000)
  await sendHeld(world, kind, octets, (id) => digestOf(`?${id}`, octets))
}

/** Longer than may be held: its digest would be right. */
async function tooLong(world: World): Promise<void> {
  await sendHeld(world, 'held body, too long', 700_000, (id) => digestOf(id, 700_000))
}

async function sendHeld(world: World, kind: string, octets: number, digest: (id: string) => string) {
  const id = world.book.enter({ kind, method: 'POST', expected: 'refuse' })
  const credentials = proved(oneOf(world.dpop), 'POST', '/held/1')
  const wanted: Wanted = {
    ...request(world, id, 'POST', '/held/1', [...credentials, 'content-digest', digest(id)]),
    ...{ octets, isChunked: randomInt(2) === 0 },
    // Its connection is closed behind it where it was not read to its end, so it has one of those that may be.
    cut: {},
  }
  expectRefused(world, kind, wanted, await world.wire.send(wanted))
}

/** It has twenty octets of content, or none. */
export function request(
  world: World,
  id: string,
  method: string,
  path: string,
  fields: readonly string[],
): Wanted {
  return {
    ...{ id, port: world.open, version: versionOf(), method, target: path, certificate: null },
    fields: [...idFields(id), ...fields],
    octets: method === 'POST' ? 20 : null,
  }
}

export const THIEF = freshKey('ES256')
