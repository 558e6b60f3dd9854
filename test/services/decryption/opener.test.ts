import { CompactEncrypt } from 'jose'
import { describe, expect, it } from 'vitest'
import { type DecryptionKey, IssuerTokenOpener } from '../../../src/services/decryption/opener.ts'
import { anEncryptionKey, type EncryptionKey, encrypted, withOtherTag } from '../../support/encryption.ts'
import { athOf } from '../../support/proof.ts'

const RSA = anEncryptionKey('RSA')
const EC = anEncryptionKey('P-256')
const opener = (...keys: readonly EncryptionKey[]) =>
  new IssuerTokenOpener(keys.map(decryptionKey), new Map<string, string | null>())

/** What comes out of a token; undefined where it was not even tried. */
async function open(subject: IssuerTokenOpener, token: string): Promise<string | null | undefined> {
  expect(await subject.open(athOf(token), token)).toBe(true)
  return subject.opened(athOf(token))
}

describe('IssuerTokenOpener', () => {
  it.each(['RSA-OAEP-256', 'RSA-OAEP-384', 'RSA-OAEP-512'])('opens %s', async (alg) => {
    expect(await open(opener(EC, RSA), await encrypted('a.b.c', RSA, { alg }))).toBe('a.b.c')
  })

  it.each(['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'])('opens %s', async (alg) => {
    for (const kind of ['P-256', 'P-521', 'X25519'] as const) {
      const key = anEncryptionKey(kind)
      expect(await open(opener(RSA, key), await encrypted('a.b.c', key, { alg }))).toBe('a.b.c')
    }
  })

  it.each(['A128GCM', 'A192GCM', 'A256GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512'])(
    'opens %s',
    async (enc) => {
      expect(await open(opener(RSA), await encrypted('a.b.c', RSA, { enc }))).toBe('a.b.c')
    },
  )

  it('finds the key without its name, and with a name that it does not know', async () => {
    for (const kid of [undefined, 'renamed'])
      expect(
        await open(opener(anEncryptionKey('RSA'), RSA, EC), await encrypted('a.b.c', RSA, { kid })),
      ).toBe('a.b.c')
  })

  it('opens nothing that was meant for others, altered, or done otherwise', async () => {
    const token = await encrypted('a.b.c', RSA)
    expect(await open(opener(anEncryptionKey('RSA', RSA.kid)), token)).toBeNull()
    expect(await open(opener(EC), token)).toBeNull()
    expect(await open(opener(RSA), withOtherTag(token))).toBeNull()
    expect(await open(opener(RSA), 'no.jwe.at.all.')).toBeNull()
    expect(await open(opener(RSA), await encrypted('a.b.c', RSA, { alg: 'RSA-OAEP' }))).toBeNull()
    expect(await open(opener(RSA), await encrypted('a'.repeat(9000), RSA, { zip: 'DEF' }))).toBeNull()
    const secret = new Uint8Array(32)
    const direct = new CompactEncrypt(Buffer.from('a.b.c')).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    expect(await open(opener(RSA), await direct.encrypt(secret))).toBeNull()
  })

  it('says what it knows, and opens a token once however many wait', async () => {
    const memo = new Map<string, string | null>()
    const subject = new IssuerTokenOpener([RSA, EC].map(decryptionKey), memo)
    const token = await encrypted('a.b.c', RSA)
    expect([subject.knows(RSA.kid), subject.knows('other')]).toEqual([true, false])
    expect(subject.opened(athOf(token))).toBeUndefined()
    const [first, second] = [subject.open(athOf(token), token), subject.open(athOf(token), token)]
    expect(first).toBe(second)
    expect(await first).toBe(true)
    memo.clear()
    expect(await open(subject, token)).toBe('a.b.c')
  })

  it('has a limit to what is under way, and recovers', async () => {
    const subject = opener(RSA)
    const token = await encrypted('a.b.c', RSA)
    const all = Array.from({ length: 1_030 }, (_, at) => subject.open(`hash-${at}`, token))
    expect((await Promise.all(all)).filter((told) => !told)).toHaveLength(6)
    expect(await subject.open('hash-1029', token)).toBe(true)
  })

  it('has a quarter of it for whoever asks', async () => {
    const subject = opener(RSA)
    const token = await encrypted('a.b.c', RSA)
    const greedy = Array.from({ length: 262 }, (_, at) => subject.open(`hash-${at}`, token, 'greedy'))
    expect(await subject.open('honest', token, 'honest')).toBe(true)
    expect((await Promise.all(greedy)).filter((told) => !told)).toHaveLength(6)
    expect(await subject.open('hash-261', token, 'greedy')).toBe(true)
  })
})

function decryptionKey({ kid, privateKey }: EncryptionKey): DecryptionKey {
  return { kid, kty: privateKey.asymmetricKeyType === 'rsa' ? 'RSA' : 'ECDH', key: privateKey }
}
