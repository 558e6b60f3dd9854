import { describe, expect, it } from 'vitest'
import { offerOf, readWishes } from '../../../src/verify/message-signature/accept-signature.ts'
import { fapi2 } from '../../../src/verify/message-signature/profile.ts'
import { aRequest } from '../../support/request.ts'

describe('what we ask of a client (RFC 9421 §5.1)', () => {
  const message = { request: aRequest(), response: null }
  const offer = (changes: Partial<typeof fapi2.request> = {}, hasBody = false) =>
    offerOf({ ...fapi2.request, ...changes }, message, hasBody)

  it('is what the profile demands of that request', () => {
    expect(offer()).toBe('sig1=("@method" "@target-uri" "authorization");created;keyid;tag="fapi-2-request"')
    expect(offer({ requiresKeyid: false, tag: null }, true)).toBe(
      'sig1=("@method" "@target-uri" "authorization" "content-digest");created',
    )
    expect(offer({ requiresExpires: true, requiresNonce: true, tag: null })).toBe(
      'sig1=("@method" "@target-uri" "authorization");created;expires;nonce;keyid',
    )
  })
})

describe('what a client asks of us (RFC 9421 §5.1)', () => {
  const labels = (text: string | null) => readWishes(text).map(({ label }) => label)
  const components = (count: number) => Array.from({ length: count }, (_, at) => `"x-${at}"`).join(' ')

  it('is read as it stands', () => {
    const [first, second] = readWishes(
      'a=("@status" "date";sf);created;expires;nonce="n";tag="t";keyid="k";alg="ed25519", b=();nonce=n;tag',
    )
    expect(first?.components.map(({ identity }) => identity)).toEqual(['@status', 'date;sf'])
    expect(first).toMatchObject({
      label: 'a',
      wantsExpires: true,
      nonce: 'n',
      tag: 't',
      keyid: 'k',
      alg: 'ed25519',
    })
    expect(second).toEqual({
      label: 'b',
      components: [],
      wantsExpires: false,
      nonce: null,
      tag: null,
      keyid: null,
      alg: null,
    })
  })

  it.each([
    ['no field', null],
    ['no dictionary', 'a=()('],
    ['a label twice', 'a=(), a=()'],
    ['a parameter twice', 'a=();created;created'],
    ['no list of components', 'a="@status"'],
    ['a component that is none', 'a=("@status" "@nothing")'],
    ['a component twice', 'a=("@status" "date";req;sf "date";sf;req)'],
  ])('nothing where it cannot be understood: %s', (_, text) => {
    expect(labels(text)).toEqual([])
  })

  it('what can be understood beside it counts', () => {
    expect(labels('a="@status", b=("@nothing"), c=("@status")')).toEqual(['c'])
  })

  it('no more than four, of no more than fifty components', () => {
    expect(labels('a=(), b=(), c=(), d=(), e=()')).toEqual(['a', 'b', 'c', 'd'])
    expect(labels(`a=(${components(50)}), b=(${components(51)})`)).toEqual(['a'])
    expect(readWishes(`a=(${components(50)})`)[0]?.components).toHaveLength(50)
  })
})
