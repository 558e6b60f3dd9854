import { randomBytes } from 'node:crypto'
import type { Members } from '../support/jws.ts'
import { expectRefused } from './expect.ts'
import { type Changes, type Identity, proved } from './identities.ts'
import type { Lie } from './introspection.ts'
import { request, THIEF } from './refused.ts'
import { type Deed, oneOf, type World } from './world.ts'

/** Tokens that say nothing by themselves, of which the authorization server says nothing good, or nothing that may be believed. */
export const refusedOpaque: readonly Deed[] = [
  deed('opaque token that nobody issued', 2, () => ({ token: randomBytes(24).toString('base64url') })),
  deed('opaque token, proof of another key', 2, () => ({ key: THIEF })),
  deed('opaque token that could be guessed', 1, () => ({ token: 'guess' })),
  issued('opaque token, not active', { active: false }),
  issued('opaque token of another audience', { aud: 'https://elsewhere.example' }),
  issued('opaque token that has ended', { exp: 1 }),
  ...(['forged', 'for another', 'old', 'unsigned'] as const).map((lie) =>
    issued(`opaque token, the answer ${lie}`, {}, lie),
  ),
]

function deed(kind: string, weight: number, changes: (identity: Identity) => Changes): Deed {
  return { kind, weight, run: (world) => send(world, kind, oneOf(world.opaque), changes) }
}

/** One that is issued for this request alone, to a client that proves its key. */
function issued(kind: string, claims: Members, lie: Lie | null = null): Deed {
  return {
    kind,
    weight: 1,
    run: async (world) => {
      const identity = oneOf(world.opaque)
      const cnf = { jkt: identity.key?.jkt }
      const token = world.introspection.issue({ client_id: identity.name, cnf, ...claims }, lie)
      await send(world, kind, identity, () => ({ token }))
    },
  }
}

async function send(world: World, kind: string, identity: Identity, changes: (of: Identity) => Changes) {
  const method = oneOf(['GET', 'POST'])
  const path = oneOf(['/asked/1', '/noted/1'])
  const id = world.book.enter({ kind, method, expected: 'refuse', isKept: path === '/noted/1' })
  const wanted = request(world, id, method, path, proved(identity, method, path, changes(identity)))
  expectRefused(world, kind, wanted, await world.wire.send(wanted))
}
