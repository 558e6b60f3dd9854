import type { SigningKey } from '../support/keys.ts'
import { nowSeconds } from '../support/wire-tokens.ts'
import { expectRefused } from './expect.ts'
import { proved } from './identities.ts'
import { digestOf } from './marks.ts'
import { request } from './refused.ts'
import { expectSigned, SIGNERS, signedBy, signers } from './signed.ts'
import { type Deed, oneOf, type World } from './world.ts'

/** A signed payment before it is signed, and who may sign it. */
interface Unsigned {
  readonly fields: readonly string[]
  readonly key: SigningKey
  readonly stranger: SigningKey
}

/** Requests of clients that prove who they are, whose signature does not prove what they ask for. */
export const refusedSigned: readonly Deed[] = [
  deed('signature absent', ({ fields }) => fields),
  deed('signature altered', ({ fields, key }) =>
    signedBy(key, SENT, fields).with(-1, `sig1=:${Buffer.alloc(64, 1).toString('base64')}:`),
  ),
  deed("signature by another client's key", ({ fields, stranger }) => signedBy(stranger, SENT, fields)),
  deed("signature by another's key, by the name of one's own", ({ fields, key, stranger }) =>
    signedBy(stranger, SENT, fields, { parameters: { keyid: key.kid } }),
  ),
  deed('signature too old', ({ fields, key }) =>
    signedBy(key, SENT, fields, { parameters: { created: nowSeconds() - 600 } }),
  ),
  deed('signature for another target', ({ fields, key }) =>
    signedBy(key, { ...SENT, target: '/payments/1' }, fields),
  ),
  deed('signature over too little', ({ fields, key }) =>
    signedBy(key, SENT, fields, { components: ['@method', '@target-uri'] }),
  ),
  deed('signed body altered', ({ fields, key }) => signedBy(key, SENT, fields), 'of another body'),
]

function deed(
  kind: string,
  sign: (unsigned: Unsigned) => readonly string[],
  digest: 'of the body' | 'of another body' = 'of the body',
): Deed {
  return { kind, weight: 1, run: (world) => send(world, kind, sign, digest) }
}

async function send(
  world: World,
  kind: string,
  sign: (unsigned: Unsigned) => readonly string[],
  digest: 'of the body' | 'of another body',
): Promise<void> {
  const { method, target } = SENT
  const at = oneOf([0, 1, 2])
  const [key, stranger] = [at, (at + 1) % SIGNERS.length].map((each) => signers.get(SIGNERS[each]!)!)
  const id = world.book.enter({ kind, method, expected: 'refuse', isKept: true })
  const proofs = proved(world.dpop[at]!, method, target)
  const covered = digestOf(digest === 'of the body' ? id : `?${id}`, 20)
  const fields = sign({ fields: [...proofs, 'content-digest', covered], key: key!, stranger: stranger! })
  const wanted = { ...request(world, id, method, target, fields), cut: {} }
  const got = await world.wire.send(wanted)
  expectRefused(world, kind, wanted, got)
  if (/"(?:SIG|DIGEST)_/.test(got.text) && got.fault === null) await expectSigned(world, kind, wanted, got)
}

const SENT = { method: 'POST', target: '/kept/1' }
