import { sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Need } from '../../../src/domain/need.ts'
import type { KeySource } from '../../../src/domain/ports.ts'
import type { VerificationKey } from '../../../src/verify/jose/jwk-set.ts'
import { readJwkSet } from '../../../src/verify/jose/jwk-set.ts'
import { verifies } from '../../../src/verify/jose/signature.ts'
import { onceOf } from '../../../src/verify/message-signature/once.ts'
import { fapi2, type SignatureRules } from '../../../src/verify/message-signature/profile.ts'
import { allowSignatures } from '../../../src/verify/message-signature/signature-algorithms.ts'
import { type MessageSignature, verifySignatures } from '../../../src/verify/message-signature/verify.ts'
import { NOW } from '../../support/clock.ts'
import { joined } from '../../support/http-message.ts'
import { aKey, verificationKeys } from '../../support/keys.ts'
import { outcome } from '../../support/outcome.ts'
import { aRequest } from '../../support/request.ts'
import { aSignature, COMPONENTS, clientKey, type SignatureChanges } from '../../support/signature.ts'
import { keySource } from '../../support/token.ts'

const HEAD = ['Host', 'api.bank.example', 'Authorization', 'DPoP a.b.c', 'DPoP', 'd.e.f', 'Date', 'today']
const BODY = ['Content-Digest', 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:']
const REQUEST = aRequest({ fields: HEAD, query: 'a=1&b=2' })
const WITH_BODY = aRequest({ method: 'POST', fields: [...HEAD, ...BODY], query: 'a=1&b=2' })
const WITH_DIGEST = [...COMPONENTS, 'content-digest']
const rules = (changes: Partial<SignatureRules> = {}): SignatureRules => ({ ...fapi2.request, ...changes })
const ES256 = clientKey()
const KEYS = verificationKeys(
  ES256,
  aKey('Ed25519', 'c'),
  aKey('PS256', 'c'),
  aKey('ES384', 'c'),
  aKey('RS256', 'c'),
)
const OURS = { owner: 'tpp-1', keys: keySource(KEYS, 'absent') }

interface Changes {
  readonly rules?: SignatureRules
  readonly signer?: { readonly owner: string; readonly keys: KeySource<VerificationKey> }
  readonly request?: typeof REQUEST
  readonly hasBody?: boolean
}

function judge(fields: readonly string[], changes: Changes = {}) {
  return verifySignatures(
    {
      message: { request: changes.request ?? REQUEST, response: null },
      input: joined(fields, 'signature-input'),
      signature: joined(fields, 'signature'),
      hasBody: changes.hasBody ?? false,
    },
    changes.rules ?? rules(),
    changes.signer ?? OURS,
    NOW,
  )
}
const verdict = (fields: readonly string[], changes: Changes = {}) => outcome(judge(fields, changes))
/** Signs `REQUEST` with these changes, and judges that. */
const given = (changes: SignatureChanges = {}, how: Changes = {}) =>
  verdict(aSignature(how.request ?? REQUEST, changes), how)
/** The fields of a valid signature, with something done to the text of one of them. */
const altered = (name: 'signature-input' | 'signature', alter: (text: string) => string) =>
  aSignature(REQUEST).map((text, at, all) => (all[at - 1] === name ? alter(text) : text))

describe('a signature as FAPI 2.0 HTTP Signatures asks for it', () => {
  it('is accepted, and says what was verified', () => {
    const [signature] = judge(aSignature(REQUEST)) as readonly MessageSignature[]
    expect(signature).toMatchObject({ label: 'sig1', input: { keyid: ES256.kid, created: NOW } })
    expect(signature!.covers('authorization')).toBe(true)
    expect(signature!.covers('content-digest')).toBe(false)
    expect(signature!.base.split('\n')[0]).toBe('"@method": GET')
    expect(signature!.algorithm.name).toBe('ES256')
    expect(verifies(signature!.algorithm, signature!.key.key, signature!.base, signature!.octets)).toBe(true)
  })

  it('may cover more, in any order, under any label', () => {
    expect(given({ components: ['date', ...COMPONENTS.toReversed(), '@query', '@authority'] })).toBe(
      'accepted',
    )
    expect(given({ label: 'whatever-1' })).toBe('accepted')
    expect(given({ components: [...COMPONENTS, 'date;bs', '@query-param;name="b"'] })).toBe('accepted')
  })

  it('covers the digest where there is a body', () => {
    const how = { request: WITH_BODY, hasBody: true }
    expect(given({ components: WITH_DIGEST }, how)).toBe('accepted')
    expect(given({}, how)).toBe('SIG_DIGEST_UNCOVERED')
  })
})

describe('coverage (FAPI2-HTTPSIG §5.3.1.2): each component', () => {
  const how = { request: WITH_BODY, hasBody: true }
  const CODES: { readonly [component: string]: string } = {
    '@method': 'SIG_METHOD_UNCOVERED',
    '@target-uri': 'SIG_TARGET_UNCOVERED',
    authorization: 'SIG_AUTHORIZATION_UNCOVERED',
    dpop: 'SIG_DPOP_UNCOVERED',
    'content-digest': 'SIG_DIGEST_UNCOVERED',
  }

  it.each(Object.entries(CODES))('%s left out: %s', (component, code) => {
    expect(given({ components: WITH_DIGEST.filter((each) => each !== component) }, how)).toBe(code)
  })

  it.each(WITH_DIGEST)('%s repeated', (component) => {
    const fields = aSignature(WITH_BODY, { components: [...WITH_DIGEST, component] })
    expect(verdict(fields, how)).toBe('SIG_COMPONENT_REPEATED')
  })

  it.each(WITH_DIGEST)('%s taken out of the list after it was signed', (component) => {
    const fields = aSignature(WITH_BODY, { components: WITH_DIGEST })
    fields[1] = fields[1]!.replace(new RegExp(`"${component}" ?`), '').replace(' )', ')')
    expect(verdict(fields, how)).toBe(CODES[component])
  })

  it.each(WITH_DIGEST.slice(1))('%s moved to the front after it was signed', (component) => {
    const fields = aSignature(WITH_BODY, { components: WITH_DIGEST })
    fields[1] = fields[1]!.replace(` "${component}"`, '').replace('("', `("${component}" "`)
    expect(verdict(fields, how)).toBe('SIG_INVALID')
  })

  it.each([
    ['@method', { method: 'PUT' }],
    ['@target-uri, its path', { path: '/Accounts' }],
    ['@target-uri, its query', { query: 'a=1&b=3' }],
    ['@target-uri, the order of its query', { query: 'b=2&a=1' }],
    ['@target-uri, its host', { origin: 'https://api2.bank.example' }],
    ['authorization', { fields: alteredField(WITH_BODY.fields, 'Authorization') }],
    ['dpop', { fields: alteredField(WITH_BODY.fields, 'DPoP') }],
    ['content-digest', { fields: alteredField(WITH_BODY.fields, 'Content-Digest') }],
    ['content-digest, another line', { fields: [...WITH_BODY.fields, ...BODY] }],
  ])('%s altered in the message', (_, changes) => {
    const fields = aSignature(WITH_BODY, { components: WITH_DIGEST })
    expect(verdict(fields, { request: { ...WITH_BODY, ...changes }, hasBody: true })).toBe('SIG_INVALID')
  })

  it.each(['authorization', 'dpop', 'content-digest'])('%s taken out of the message', (name) => {
    const fields = aSignature(WITH_BODY, { components: WITH_DIGEST })
    const request = { ...WITH_BODY, fields: without(WITH_BODY.fields, name) }
    expect(verdict(fields, { request, hasBody: true })).toBe('SIG_COMPONENT_ABSENT')
  })

  it('a component with other parameters is another one', () => {
    for (const each of ['content-digest;sf', 'content-digest;bs', 'content-digest;key="sha-256"']) {
      const components = [...COMPONENTS, each]
      expect(given({ components }, how), each).toBe('SIG_DIGEST_UNCOVERED')
      expect(given({ components: [...WITH_DIGEST, each] }, how), each).toBe('accepted')
    }
    const fields = altered('signature-input', (text) => text.replace('"@method"', '"@method";req'))
    expect(verdict(fields)).toBe('SIG_METHOD_UNCOVERED')
  })

  it('parts of the target do not stand for the whole', () => {
    const components = ['@method', '@authority', '@path', '@query', 'authorization', 'dpop']
    expect(given({ components })).toBe('SIG_TARGET_UNCOVERED')
  })

  it('another component than those of the profile that a custom one asks for', () => {
    const coverage = { always: fapi2.request.coverage.ifBody, ifPresent: [], ifBody: [] }
    expect(given({}, { rules: rules({ coverage: { ...coverage, always: [componentOf('date')] } }) })).toBe(
      'SIG_UNCOVERED',
    )
  })
})

describe('component identifiers (RFC 9421 §2): what is none', () => {
  const put = (component: string) =>
    altered('signature-input', (text) => text.replace(/\)/, ` ${component})`))
  it.each([
    ['a token', 'date'],
    ['a number', '1'],
    ['upper case', '"Date"'],
    ['an unknown derived component', '"@foo"'],
    ['@signature-params', '"@signature-params"'],
    ['@status', '"@status"'],
    ['an unknown parameter', '"date";foo'],
    ['sf false', '"date";sf=?0'],
    ['sf with a value', '"date";sf="x"'],
    ['bs on a derived component', '"@path";bs'],
    ['bs with sf', '"date";bs;sf'],
    ['bs with key', '"date";bs;key="a"'],
    ['key that is a token', '"date";key=a'],
    ['req in a request', '"date";req'],
    ['@method of a request', '"@authority";req'],
    ['sf on a derived component', '"@path";sf'],
    ['tr on a derived component', '"@path";tr'],
    ['key on a derived component', '"@path";key="a"'],
    ['@query-param without name', '"@query-param"'],
    ['@query-param by another parameter', '"@query-param";foo="a"'],
    ['a name that is a token', '"@query-param";name=a'],
    ['name on another', '"@query";name="a"'],
    ['name on a field', '"date";name="a"'],
    ['an empty name', '""'],
    ['a name with a space', '"da te"'],
    ['a name with a colon', '":path"'],
  ])('a component that is none: %s', (_, component) => {
    expect(verdict(put(component))).toBe('SIG_COMPONENT')
  })

  it.each([
    ['a parameter twice', '"date";bs;bs', 'SIG_PARAMETER'],
    ['a query parameter twice', '"@query-param";name="a" "@query-param";name="a"', 'SIG_COMPONENT_REPEATED'],
    ['in another order twice', '"date";tr;bs "date";bs;tr', 'SIG_COMPONENT_REPEATED'],
    ['a field that is not there', '"accept"', 'SIG_COMPONENT_ABSENT'],
    ['a trailer', '"date";tr', 'SIG_TRAILERS'],
    ['sf on a field of unknown type', '"date";sf', 'SIG_FIELD_TYPE'],
    ['an inner list', '("date")', 'SIG_INPUT_MALFORMED'],
  ])('%s: %s is %s', (_, component, code) => {
    expect(verdict(put(component))).toBe(code)
  })

  it('no more than fifty', () => {
    const many = Array.from({ length: 51 }, (_, at) => `"x-${at}"`).join(' ')
    expect(verdict(put(many))).toBe('SIG_TOO_MANY')
  })
})

describe('parameters (RFC 9421 §2.3): each', () => {
  const PARAMETERS = {
    created: NOW,
    expires: NOW + 60,
    nonce: 'n-1',
    alg: 'ecdsa-p256-sha256',
    keyid: ES256.kid,
    tag: 'fapi-2-request',
  }
  const strict = { rules: rules({ requiresExpires: true, requiresNonce: true }) }
  const whole = () => aSignature(REQUEST, { parameters: PARAMETERS })
  const LEFT_OUT: { readonly [name: string]: string } = {
    created: 'SIG_CREATED_ABSENT',
    expires: 'SIG_EXPIRES_ABSENT',
    nonce: 'SIG_NONCE_ABSENT',
    keyid: 'SIG_KEYID_ABSENT',
    tag: 'SIG_TAG',
    alg: 'SIG_INVALID',
  }
  const edit = (change: (text: string) => string) => {
    const fields = whole()
    const before = fields[1]!
    fields[1] = change(before)
    expect(fields[1]).not.toBe(before)
    return verdict(fields, strict)
  }

  it('all together are accepted', () => {
    expect(verdict(whole(), strict)).toBe('accepted')
  })

  it.each(Object.entries(LEFT_OUT))('%s taken out: %s', (name, code) => {
    expect(edit((text) => text.replace(new RegExp(`;${name}=("[^"]*"|[0-9]+)`), ''))).toBe(code)
  })

  it.each(Object.keys(LEFT_OUT))('%s repeated', (name) => {
    expect(edit((text) => text.replace(new RegExp(`;${name}=("[^"]*"|[0-9]+)`), '$&$&'))).toBe(
      'SIG_PARAMETER',
    )
  })

  it.each(Object.keys(LEFT_OUT).slice(1))('%s moved to the front after it was signed', (name) => {
    expect(
      edit((text) => {
        const found = new RegExp(`;${name}=("[^"]*"|[0-9]+)`).exec(text)![0]
        return text.replace(found, '').replace(');', `)${found};`)
      }),
    ).toBe('SIG_INVALID')
  })

  it.each([
    ['created', String(NOW - 1), 'SIG_INVALID'],
    ['created', String(NOW - 61), 'SIG_CREATED_EARLY'],
    ['created', String(NOW + 11), 'SIG_CREATED_AHEAD'],
    ['created', `${NOW}.0`, 'SIG_PARAMETER'],
    ['created', '-1', 'SIG_PARAMETER'],
    ['created', '"1"', 'SIG_PARAMETER'],
    ['created', `@${NOW}`, 'SIG_PARAMETER'],
    ['expires', String(NOW + 61), 'SIG_INVALID'],
    ['expires', String(NOW), 'SIG_EXPIRED'],
    ['expires', 'x', 'SIG_PARAMETER'],
    ['nonce', '"n-2"', 'SIG_INVALID'],
    ['nonce', 'n-1', 'SIG_PARAMETER'],
    ['nonce', '""', 'SIG_NONCE'],
    ['nonce', `"${'n'.repeat(513)}"`, 'SIG_NONCE'],
    ['alg', '"ed25519"', 'SIG_ALG_MISMATCH'],
    ['alg', '"ecdsa-p384-sha384"', 'SIG_ALG'],
    ['alg', '"ES256"', 'SIG_ALG'],
    ['alg', '"none"', 'SIG_ALG'],
    ['alg', '"hmac-sha256"', 'SIG_ALG'],
    ['alg', '"rsa-v1_5-sha256"', 'SIG_ALG'],
    ['alg', 'ecdsa-p256-sha256', 'SIG_PARAMETER'],
    ['keyid', '"nobody"', 'SIG_KEYID'],
    ['keyid', `"${'k'.repeat(513)}"`, 'SIG_KEYID'],
    ['keyid', ':AA==:', 'SIG_PARAMETER'],
    ['tag', '"fapi-2-response"', 'SIG_TAG'],
    ['tag', '"FAPI-2-REQUEST"', 'SIG_TAG'],
    ['tag', 'fapi-2-request', 'SIG_TAG'],
  ])('%s altered to %s: %s', (name, value, code) => {
    expect(
      edit((text) => text.replace(new RegExp(`;${name}=("[^"]*"|[0-9]+)`), () => `;${name}=${value}`)),
    ).toBe(code)
  })

  it('one that we do not know is covered, and means nothing', () => {
    expect(edit((text) => `${text};gateway="x"`)).toBe('SIG_INVALID')
  })

  it('the window of created, to the second', () => {
    for (const [created, expected] of [
      [NOW - 60, 'accepted'],
      [NOW - 61, 'SIG_CREATED_EARLY'],
      [NOW + 10, 'accepted'],
      [NOW + 11, 'SIG_CREATED_AHEAD'],
    ] as const)
      expect(given({ parameters: { created } }), `${created}`).toBe(expected)
  })
})

describe('the fields (RFC 9421 §4)', () => {
  const [, input, , signature] = aSignature(REQUEST) as [string, string, string, string]
  const both = (one: string, other: string) => verdict(['signature-input', one, 'signature', other])

  it.each([
    ['no field', [], 'SIG_ABSENT'],
    ['Signature alone, as drafts had it', ['signature', 'keyId="a",signature="b"'], 'SIG_INPUT_ABSENT'],
    ['Signature-Input alone', ['signature-input', input], 'SIG_UNPAIRED'],
    ['both empty', ['signature-input', '', 'signature', ''], 'SIG_ABSENT'],
  ])('fields that are not both there: %s', (_, fields, code) => {
    expect(verdict(fields)).toBe(code)
  })

  it.each([
    ['not a dictionary', `${input},`, signature, 'SIG_INPUT_MALFORMED'],
    ['an item for an inner list', 'sig1="@method"', signature, 'SIG_INPUT_MALFORMED'],
    ['a label twice', `${input}, ${input}`, signature, 'SIG_LABEL'],
    ['a signature twice', input, `${signature}, ${signature}`, 'SIG_LABEL'],
    ['not a dictionary of bytes', input, 'sig1="x"', 'SIG_MALFORMED'],
    ['a list for bytes', input, `sig1=(${signature.slice(5)})`, 'SIG_MALFORMED'],
    ['base64url', input, 'sig1=:_-8=:', 'SIG_MALFORMED'],
    ['another label in one of them', input, signature.replace('sig1', 'sig2'), 'SIG_UNPAIRED'],
    ['one label more', `${input}, b=()`, signature, 'SIG_UNPAIRED'],
    ['one signature more', input, `${signature}, b=:AA==:`, 'SIG_UNPAIRED'],
    [
      'five signatures',
      [1, 2, 3, 4, 5].map((at) => `s${at}=()`).join(', '),
      [1, 2, 3, 4, 5].map((at) => `s${at}=:AA==:`).join(', '),
      'SIG_TOO_MANY',
    ],
  ])('fields that are malformed: %s', (_, one, other, code) => {
    expect(both(one, other)).toBe(code)
  })

  it('the label may be changed on the way, in both', () => {
    expect(both(input.replace('sig1', 'x'), signature.replace('sig1', 'x'))).toBe('accepted')
  })
})

describe('keys and algorithms (RFC 9421 §3.2(5), (6))', () => {
  it.each(['ES256', 'Ed25519', 'PS256'] as const)('%s by its key alone, without alg', (alg) => {
    const key = alg === 'ES256' ? ES256 : aKey(alg, 'c')
    expect(given({ key })).toBe('accepted')
  })

  it.each([
    ['ecdsa-p256-sha256', ES256, 'accepted'],
    ['ed25519', aKey('Ed25519', 'c'), 'accepted'],
    ['rsa-pss-sha512', aKey('PS256', 'c'), 'SIG_ALG'],
    ['PS256', aKey('PS256', 'c'), 'SIG_ALG'],
    ['ecdsa-p384-sha384', aKey('ES384', 'c'), 'SIG_ALG'],
    ['rsa-v1_5-sha256', aKey('RS256', 'c'), 'SIG_ALG'],
  ] as const)('alg %s of the profile fapi2', (alg, key, expected) => {
    expect(given({ key, parameters: { alg } })).toBe(expected)
  })

  it('what the profile admits and the key is not for, or the other way round', () => {
    expect(given({ key: aKey('ES384', 'c') })).toBe('SIG_ALG_MISMATCH')
    expect(given({ key: aKey('RS256', 'c') })).toBe('SIG_ALG_MISMATCH')
    const wide = {
      rules: rules({
        algorithms: allowSignatures(['ecdsa-p384-sha384', 'rsa-v1_5-sha256', 'rsa-pss-sha512']),
      }),
    }
    expect(given({ key: aKey('ES384', 'c'), parameters: { alg: 'ecdsa-p384-sha384' } }, wide)).toBe(
      'accepted',
    )
    expect(given({ key: aKey('RS256', 'c'), parameters: { alg: 'rsa-v1_5-sha256' } }, wide)).toBe('accepted')
    // The key says PS256, so it is not for PS512, whatever the signature says.
    expect(given({ key: aKey('PS256', 'c'), parameters: { alg: 'rsa-pss-sha512' } }, wide)).toBe(
      'SIG_ALG_MISMATCH',
    )
  })

  it('an RSA key that does not say its algorithm determines none where two are admitted', () => {
    const { jwk, kid } = aKey('PS256', 'c')
    const signer = { owner: 'x', keys: keySource(readJwkSet({ keys: [{ ...jwk, kid }] })!, 'absent') }
    const two = rules({ algorithms: allowSignatures(['PS256', 'rsa-pss-sha512']) })
    const key = aKey('PS256', 'c')
    expect(given({ key }, { signer, rules: two })).toBe('SIG_ALG_OPEN')
    expect(given({ key }, { signer })).toBe('accepted')
    expect(given({ key, parameters: { alg: 'rsa-pss-sha512' } }, { signer, rules: two })).toBe('SIG_INVALID')
  })

  it('EdDSA and Ed25519 are one algorithm', () => {
    for (const names of [['EdDSA'], ['Ed25519'], ['EdDSA', 'Ed25519']]) {
      const how = { rules: rules({ algorithms: allowSignatures(names) }) }
      expect(given({ key: aKey('Ed25519', 'c') }, how)).toBe('accepted')
      expect(given({ key: aKey('Ed25519', 'c'), parameters: { alg: 'ed25519' } }, how)).toBe('accepted')
    }
  })

  it('a key of another client is none of this one', () => {
    expect(given({}, { signer: { owner: 'x', keys: keySource([], 'absent') } })).toBe('SIG_KEYID')
  })

  it('another key under the same name', () => {
    const key = { ...aKey('ES256', 'thief'), kid: ES256.kid }
    expect(given({ key })).toBe('SIG_INVALID')
  })

  it('keys that are not known yet are asked for, and an outage is not the fault of the client', async () => {
    let asked: string | null = null
    const keys = {
      ...keySource([], 'ask'),
      ask: (kid: string | null) => {
        asked = kid
        return Promise.resolve(true)
      },
    }
    const need = judge(aSignature(REQUEST), { signer: { owner: 'tpp-1', keys } }) as Need
    expect(outcome(need)).toBe(`NEED keys client tpp-1 ${ES256.kid}`)
    expect(need.otherwise.code).toBe('SIG_KEYS_UNAVAILABLE')
    expect([await need.supply(), asked]).toEqual([true, ES256.kid])
    expect(given({}, { signer: { owner: 'x', keys: keySource([], 'unavailable') } })).toBe(
      'SIG_KEYS_UNAVAILABLE',
    )
  })

  it('without keyid, where the profile does not ask for it, every key of the client may have signed', () => {
    const open = { rules: rules({ requiresKeyid: false }) }
    expect(given({ parameters: { keyid: undefined } }, open)).toBe('accepted')
    expect(given({ parameters: { keyid: undefined }, key: aKey('ES256', 'thief') }, open)).toBe('SIG_INVALID')
  })

  it('a signature in DER, one cut off, one with an octet more', () => {
    const fields = aSignature(REQUEST)
    const octets = Buffer.from(fields[3]!.slice(6, -1), 'base64')
    const [signature] = judge(fields) as readonly MessageSignature[]
    const der = sign('sha256', Buffer.from(signature!.base), ES256.privateKey)
    for (const each of [
      der,
      octets.subarray(1),
      Buffer.concat([octets, Buffer.of(0)]),
      Buffer.alloc(64),
      Buffer.alloc(0),
    ]) {
      fields[3] = `sig1=:${each.toString('base64')}:`
      expect(verdict(fields)).toBe('SIG_INVALID')
    }
  })
})

describe('several signatures', () => {
  const good = (label: string, changes: SignatureChanges = {}) => aSignature(REQUEST, { label, ...changes })
  const bad = (label: string) => aSignature({ ...REQUEST, method: 'PUT' }, { label })
  const together = (...signatures: readonly string[][]) => signatures.flat()
  const other = (label: string) => bad(label).map((text) => text.replace('fapi-2-request', 'other'))
  const by = (several: SignatureRules['several']) => ({ rules: rules({ several }) })

  it('those with another tag neither help nor harm', () => {
    expect(verdict(together(other('a'), good('b')))).toBe('accepted')
    expect(verdict(together(good('a'), other('b')))).toBe('accepted')
    expect(verdict(together(other('a'), bad('b')))).toBe('SIG_INVALID')
    expect(verdict(other('a'))).toBe('SIG_TAG')
  })

  it.each([
    ['one', 'bad', 'good', 'SIG_TAG_REPEATED'],
    ['one', 'good', 'bad', 'SIG_TAG_REPEATED'],
    ['one', 'good', 'good', 'SIG_TAG_REPEATED'],
    ['any', 'bad', 'good', 'accepted'],
    ['any', 'good', 'bad', 'accepted'],
    ['any', 'bad', 'bad', 'SIG_INVALID'],
    ['all', 'bad', 'good', 'SIG_INVALID'],
    ['all', 'good', 'bad', 'SIG_INVALID'],
    ['all', 'good', 'good', 'accepted'],
  ] as const)('%s: first %s, second %s: %s', (several, first, second, expected) => {
    const made = { good, bad }
    expect(verdict(together(made[first]('a'), made[second]('b')), by(several))).toBe(expected)
  })

  it('a profile without a tag takes all', () => {
    expect(given({ parameters: { tag: undefined } }, { rules: rules({ tag: null }) })).toBe('accepted')
    expect(verdict(together(other('a'), good('b')), { rules: rules({ tag: null, several: 'any' }) })).toBe(
      'accepted',
    )
  })

  it.each([
    ['the octets', (all: string) => all.replace(/a=(:[^:]+:), b=(:[^:]+:)/, 'a=$2, b=$1'), 'signature'],
    ['the inputs', (all: string) => all.replace(/a=(.+), b=(.+)$/, 'a=$2, b=$1'), 'signature-input'],
  ] as const)('%s of two signatures exchanged between their labels', (_, exchange, name) => {
    const two = [good('a'), good('b', { parameters: { nonce: 'x' } })]
    const fields = ['signature-input', 'signature'].flatMap((each) => {
      const text = joined(two.flat(), each) as string
      return [each, each === name ? exchange(text) : text]
    })
    expect(verdict(fields, by('all'))).toBe('SIG_INVALID')
    expect(verdict(fields, by('any'))).toBe('SIG_INVALID')
  })

  it('a component moved from one label to another', () => {
    const fields = [good('a'), good('b', { components: [...COMPONENTS, 'date'] })]
    fields[0]![1] = fields[0]![1]!.replace('"dpop"', '"dpop" "date"')
    fields[1]![1] = fields[1]![1]!.replace(' "date"', '')
    expect(verdict(fields.flat(), by('any'))).toBe('SIG_INVALID')
  })

  it('of several, a key that can still be asked for goes before what is wrong with another', () => {
    const keys = { ...keySource(KEYS, 'absent'), standing: () => 'ask' as const }
    const unknown = good('b', { parameters: { keyid: 'new' } })
    const signer = { owner: 'tpp-1', keys }
    expect(verdict(together(bad('a'), unknown), { ...by('any'), signer })).toBe('NEED keys client tpp-1 new')
  })

  it.each([
    ['is not fresh yet', { created: NOW + 11 }, 'absent', 'SIG_CREATED_AHEAD'],
    ['is by a key that can be asked for', { keyid: 'new' }, 'ask', 'NEED keys client tpp-1 new'],
    ['is by a key that cannot be asked for now', { keyid: 'new' }, 'unavailable', 'SIG_KEYS_UNAVAILABLE'],
    ['is by a key that is none of the client', { keyid: 'new' }, 'absent', 'accepted'],
    ['is fresh no more', { created: NOW - 61 }, 'absent', 'accepted'],
  ] as const)('any: one holds, and one %s, which could come alone later', (_, parameters, how, expected) => {
    const keys = { ...keySource(KEYS, 'absent'), standing: () => how }
    const signer = { owner: 'tpp-1', keys }
    const second = good('b', { parameters })
    expect(verdict(together(good('a'), second), { ...by('any'), signer })).toBe(expected)
    expect(verdict(together(second, good('a')), { ...by('any'), signer })).toBe(expected)
  })
})

describe('what may be used once (RFC 9421 §7.2.2)', () => {
  const once = (changes: SignatureChanges, method = 'POST', how = rules()) => {
    const [signature] = judge(aSignature(REQUEST, changes)) as readonly MessageSignature[]
    return onceOf(signature!, how, method)
  }

  it('the nonce where there is one, else what is signed', () => {
    const spent = { jkt: `signature ${ES256.jkt}`, jti: 'nonce n', madeAt: NOW }
    expect(once({ parameters: { nonce: 'n' } })).toEqual(spent)
    expect(once({})!.jti).toMatch(/^base /)
    expect(once({})!.jti).toBe(once({})!.jti)
    expect(once({})!.jti).not.toBe(once({ parameters: { created: NOW - 1 } })!.jti)
  })

  it('reading without a nonce may be done again, unless the profile says otherwise', () => {
    expect(once({}, 'GET')).toBeNull()
    expect(once({}, 'GET', rules({ once: 'all' }))).not.toBeNull()
    expect(once({ parameters: { nonce: 'n' } }, 'GET')).not.toBeNull()
  })

  it('is used up also where the entry of the key set is written anew', () => {
    const signature = (entry: object) => {
      const keys = readJwkSet({ keys: [{ ...clientKey().jwk, ...entry }] })!
      const signer = { owner: 'tpp-1', keys: keySource(keys, 'absent') }
      const [verified] = judge(aSignature(REQUEST, {}), { signer }) as readonly MessageSignature[]
      return onceOf(verified!, rules(), 'POST')
    }
    const { kid } = clientKey()
    expect(signature({ kid, alg: 'ES256', use: 'sig' })).toEqual(signature({ kid }))
  })

  it('the same nonce of another key is another', () => {
    const nonce = { nonce: 'n' }
    expect(once({ parameters: nonce })!.jkt).not.toBe(
      once({ parameters: nonce, key: aKey('Ed25519', 'c') })!.jkt,
    )
  })
})

function componentOf(name: string) {
  return { ...fapi2.request.coverage.always[0]!, name, identity: name, identifier: `"${name}"` }
}

function alteredField(fields: readonly string[], name: string): string[] {
  return fields.map((text, at) => (fields[at - 1] === name ? text.replace(/.$/, '!') : text))
}

function without(fields: readonly string[], name: string): string[] {
  return fields.filter((_, at) => fields[at - (at % 2)]!.toLowerCase() !== name)
}
