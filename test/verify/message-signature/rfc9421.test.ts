import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isDenial } from '../../../src/domain/denial.ts'
import { readJwkSet, type VerificationKey } from '../../../src/verify/jose/jwk-set.ts'
import { memberOfRequest, parseComponent } from '../../../src/verify/message-signature/component.ts'
import { componentValue } from '../../../src/verify/message-signature/component-value.ts'
import { fieldTypes } from '../../../src/verify/message-signature/field-types.ts'
import { fapi2, type SignatureRules } from '../../../src/verify/message-signature/profile.ts'
import { prepareSignature } from '../../../src/verify/message-signature/sign.ts'
import { allowSignatures, verifiesMac } from '../../../src/verify/message-signature/signature-algorithms.ts'
import { signatureBase } from '../../../src/verify/message-signature/signature-base.ts'
import { readSignatureInput, readSignatures } from '../../../src/verify/message-signature/signature-input.ts'
import { verifySignatures } from '../../../src/verify/message-signature/verify.ts'
import { joined, requestOf, responseOf } from '../../support/http-message.ts'
import { outcome } from '../../support/outcome.ts'
import { aRequest } from '../../support/request.ts'
import { keySource } from '../../support/token.ts'
import { vectors } from '../../support/vectors.ts'

interface Vector {
  readonly id: string
  readonly kind: 'request' | 'response'
  readonly message: string
  readonly related_request?: string
  readonly label: string
  readonly keyid: string
  readonly alg: string
  readonly signature_base: string
  readonly expected: 'valid' | 'invalid'
}

interface Key {
  readonly alg: string
  readonly public_pem?: string
  readonly secret_base64?: string
}

const file = vectors<{
  readonly keys: { readonly [name: string]: Key }
  readonly vectors: readonly Vector[]
}>('rfc9421/rfc9421-vectors.json')

const NOW = 1_618_884_480
const ANY: SignatureRules = {
  ...fapi2.request,
  tag: null,
  coverage: { always: [], ifPresent: [], ifBody: [] },
  maxAge: 1_000,
  clockSkew: 0,
  requiresKeyid: false,
  algorithms: allowSignatures([
    'ecdsa-p256-sha256',
    'ecdsa-p384-sha384',
    'ed25519',
    'rsa-pss-sha512',
    'rsa-v1_5-sha256',
  ]),
}

const messageOf = ({ kind, message, related_request: related }: Vector) =>
  kind === 'request'
    ? { request: requestOf(message), response: null }
    : { request: related === undefined ? null : requestOf(related), response: responseOf(message) }

const headOf = ({ kind, message }: Vector) => (kind === 'request' ? requestOf(message) : responseOf(message))

describe('RFC 9421, appendix B and §2.4', () => {
  it('all vectors are here', () => {
    expect(file.vectors).toHaveLength(22)
  })

  it.each(file.vectors.filter(({ alg }) => alg !== 'hmac-sha256'))('$id is $expected', (vector) => {
    const { fields } = headOf(vector)
    const input = joined(fields, 'signature-input')
    const signature = joined(fields, 'signature')
    const subject = { message: messageOf(vector), input, signature, hasBody: false }
    const key = keyNamed(vector)
    const signer = { owner: 'x', keys: { ...keySource([key]), candidates: () => [key] } }
    const answer = verifySignatures(subject, ANY, signer, NOW)
    expect(outcome(answer)).toBe(vector.expected === 'valid' ? 'accepted' : 'SIG_INVALID')
    if (vector.expected !== 'valid') return
    expect((answer as readonly { readonly base: string }[])[0]!.base).toBe(vector.signature_base)
  })

  it.each(['b21', 'b22', 'b23', 'b24', 'b25', 'b26'])(
    '%s as remitly-oss/httpsig-go has it: message and base',
    (id) => {
      const kind = id === 'b24' ? 'response' : 'request'
      const read = (what: string) =>
        readFileSync(
          new URL(`../../vectors/rfc9421/remitly-testdata/${id}_${kind}_${what}.txt`, import.meta.url),
          'utf8',
        )
      const ours = file.vectors.find((each) => each.id === id)!
      expect(baseOf({ ...ours, message: read('signed') }).base).toBe(read('sigbase'))
    },
  )

  it('b25, a MAC, verifies with its secret and with no other', () => {
    const vector = file.vectors.find(({ alg }) => alg === 'hmac-sha256')!
    const { base, octets } = baseOf(vector)
    const secret = Buffer.from(file.keys[vector.keyid]!.secret_base64!, 'base64')
    expect(base).toBe(vector.signature_base)
    expect(verifiesMac(secret, base, octets)).toBe(true)
    expect(verifiesMac(secret.subarray(1), base, octets)).toBe(false)
    expect(verifiesMac(secret, base, octets.subarray(1))).toBe(false)
    expect(verifiesMac(secret, `${base} `, octets)).toBe(false)
  })

  it.each(['transform-1', 'transform-5'])('b4-%s: what is not what was signed has another base', (id) => {
    const vector = file.vectors.find((each) => each.id === `b4-${id}`)!
    expect(
      baseOf(vector).base === file.vectors.find((each) => each.id === 'b4-transform-1')!.signature_base,
    ).toBe(id === 'transform-1')
  })
})

describe('RFC 9421 §4.3, several signatures of which one was made by a proxy', () => {
  const request = requestOf(
    [
      'POST /foo?param=Value&Pet=dog HTTP/1.1',
      'Host: origin.host.internal.example',
      'Date: Tue, 20 Apr 2021 02:07:56 GMT',
      'Content-Type: application/json',
      'Content-Length: 18',
      'Forwarded: for=192.0.2.123;host=example.com;proto=https',
      'Content-Digest: sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:',
      'Signature-Input: sig1=("@method" "@authority" "@path" "content-digest" "content-type" "content-length");created=1618884475;keyid="test-key-ecc-p256"',
      'Signature: sig1=:X5spyd6CFnAG5QnDyHfqoSNICd+BUP4LYMz2Q0JXlb//4Ijpzp+kve2w4NIyqeAuM7jTDX+sNalzA8ESSaHD3A==:',
      '',
      '',
    ].join('\r\n'),
  )
  const subject = (authority: string) => ({
    message: { request: { ...request, authority }, response: null },
    input: joined(request.fields, 'signature-input'),
    signature: joined(request.fields, 'signature'),
    hasBody: true,
  })
  const signer = {
    owner: 'x',
    keys: keySource([keyNamed({ keyid: 'test-key-ecc-p256', alg: 'ecdsa-p256-sha256' })]),
  }

  /** As the proxy made it, of the request that it forwards. */
  const PROXY_INPUT =
    'proxy_sig=("@method" "@authority" "@path" "content-digest" "content-type" "content-length" "forwarded");created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256";expires=1618884540'
  const PROXY_SIGNATURE =
    'proxy_sig=:S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOaYmdkDcnL9cCpXJleXsOckpURl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5YAv0RAGhB8tmpv7sFnIm9y+7X5kXQfi8NMaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PBPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9ddzirrswsE1w5o0LV/g==:'

  it.each([
    ['origin.host.internal.example', NOW, 'accepted'],
    ['example.com', NOW, 'SIG_INVALID'],
    ['origin.host.internal.example', 1_618_884_541, 'SIG_EXPIRED'],
  ] as const)("the proxy's, for %s at %i: %s", (authority, now, expected) => {
    const proxied = {
      ...subject(authority),
      input: `${subject(authority).input}, ${PROXY_INPUT}`,
      signature: `${subject(authority).signature}, ${PROXY_SIGNATURE}`,
    }
    const proxy = {
      owner: 'x',
      keys: keySource([keyNamed({ keyid: 'test-key-rsa', alg: 'rsa-v1_5-sha256' })], 'absent'),
    }
    const lone = { ...proxied, input: PROXY_INPUT, signature: PROXY_SIGNATURE }
    expect(outcome(verifySignatures(lone, ANY, proxy, now))).toBe(expected)
    // Of both, one is by nobody that the proxy's reader knows; the profile asks for one that holds.
    if (expected === 'accepted')
      expect(outcome(verifySignatures(proxied, { ...ANY, several: 'any' }, proxy, now))).toBe('accepted')
  })

  it("the client's holds where its own authority is known, and nowhere else (§7.4.3)", () => {
    expect(outcome(verifySignatures(subject('example.com'), ANY, signer, NOW))).toBe('accepted')
    expect(outcome(verifySignatures(subject('origin.host.internal.example'), ANY, signer, NOW))).toBe(
      'SIG_INVALID',
    )
  })
})

describe('RFC 9421 §2, the values of components', () => {
  const fields = [
    ['Host', 'www.example.com'],
    ['Date', 'Tue, 20 Apr 2021 02:07:56 GMT'],
    ['X-OWS-Header', '   Leading and trailing whitespace.   '],
    ['X-Obs-Fold-Header', ' Obsolete\r\n    line folding.'],
    ['Cache-Control', 'max-age=60'],
    ['Cache-Control', '   must-revalidate'],
    ['Example-Dict', '  a=1,    b=2;x=1;y=2,   c=(a   b   c)'],
    ['X-Empty-Header', ''],
    ['Example-Header', 'value, with, lots'],
    ['Example-Header', 'of, commas'],
  ].flat()
  const request = {
    ...requestOf('POST /path?param=value&foo=bar&baz=bat%2Dman HTTP/1.1\r\nHost: www.example.com\r\n\r\n'),
    fields,
  }
  const types = new Map([...fieldTypes, ['example-dict', 'dictionary'] as const])
  const value = (text: string, changes: object = {}, response: object | null = null) => {
    const component = parseComponent(text)!
    const message = {
      request: { ...request, ...changes },
      response: response === null ? null : { status: 200, fields: [], ...response },
    }
    const found = componentValue(component, message, types)
    return isDenial(found) ? found.code : found
  }

  it.each(['sig1', '*a', 'a-b_c.d*'])(
    'a member of the request, %s, is the component that its text is',
    (label) => {
      const written = parseComponent(`signature;req;key="${label}"`)
      expect(memberOfRequest('signature', label)).toEqual(written)
    },
  )

  it.each([
    ['date', 'Tue, 20 Apr 2021 02:07:56 GMT'],
    ['x-ows-header', 'Leading and trailing whitespace.'],
    ['x-obs-fold-header', 'Obsolete line folding.'],
    ['cache-control', 'max-age=60, must-revalidate'],
    ['example-dict', 'a=1,    b=2;x=1;y=2,   c=(a   b   c)'],
    ['x-empty-header', ''],
    ['example-dict;sf', 'a=1, b=2;x=1;y=2, c=(a b c)'],
    ['example-dict;key="a"', '1'],
    ['example-dict;key="b"', '2;x=1;y=2'],
    ['example-dict;key="c"', '(a b c)'],
    ['example-header', 'value, with, lots, of, commas'],
    ['example-header;bs', ':dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:'],
    ['@method', 'POST'],
    ['@target-uri', 'https://www.example.com/path?param=value&foo=bar&baz=bat%2Dman'],
    ['@authority', 'www.example.com'],
    ['@scheme', 'https'],
    ['@request-target', '/path?param=value&foo=bar&baz=bat%2Dman'],
    ['@path', '/path'],
    ['@query', '?param=value&foo=bar&baz=bat%2Dman'],
    ['@query-param;name="baz"', 'bat-man'],
    ['@query-param;name="param"', 'value'],
  ])('%s is %s', (text, expected) => {
    expect(value(text)).toBe(expected)
  })

  it.each([
    // §2.2.8, its second example.
    ['@query-param;name="var"', 'this%20is%20a%20big%0Amultiline%20value'],
    ['@query-param;name="bar"', 'with%20plus%20whitespace'],
    ['@query-param;name="fa%C3%A7ade%22%3A%20"', 'something'],
    ['@query-param;name="empty"', ''],
    ['@query-param;name="twice"', 'SIG_QUERY_PARAMETER'],
    ['@query-param;name="none"', 'SIG_COMPONENT_ABSENT'],
    ['@query-param;name="Var"', 'SIG_COMPONENT_ABSENT'],
    ['@query-param;name="marks"', '%21%27%28%29%7E*-._'],
  ])('%s of a form is %s', (text, expected) => {
    const query =
      "var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something&empty&twice=1&tw%69ce=2&marks=!'()~*-._"
    expect(value(text, { query })).toBe(expected)
  })

  it('the forms of a request without query, or without path', () => {
    expect(value('@query', { query: null })).toBe('?')
    expect(value('@query', { query: '' })).toBe('?')
    expect(value('@target-uri', { query: '' })).toBe('https://www.example.com/path?')
    expect(value('@target-uri', { query: null, path: '' })).toBe('https://www.example.com/')
    expect(value('@path', { path: '' })).toBe('/')
    expect(value('@request-target', { requestTarget: '*' })).toBe('*')
    expect(value('@request-target', { requestTarget: 'https://www.example.com/path' })).toBe(
      'https://www.example.com/path',
    )
    expect(value('@scheme', { origin: 'http://www.example.com' })).toBe('http')
  })

  it('trailers are apart from the head (§2.1.4), and unknown where they have not come', () => {
    expect(value('expires;tr')).toBe('SIG_TRAILERS')
    expect(value('expires;tr', { trailers: ['Expires', 'Wed, 9 Nov 2022 07:28:00 GMT'] })).toBe(
      'Wed, 9 Nov 2022 07:28:00 GMT',
    )
    expect(value('expires', { trailers: ['Expires', 'x'] })).toBe('SIG_COMPONENT_ABSENT')
    expect(value('date;tr', { trailers: [] })).toBe('SIG_COMPONENT_ABSENT')
  })

  it('@status is of a response, and req only in one (§2.2.9, §2.4)', () => {
    expect(value('@status', {}, {})).toBe('200')
    expect(value('@status')).toBe('SIG_COMPONENT')
    expect(value('@status;req', {}, {})).toBe('SIG_COMPONENT')
    expect(value('@method', {}, {})).toBe('SIG_COMPONENT')
    expect(value('@method;req', {}, {})).toBe('POST')
    expect(value('@method;req')).toBe('SIG_COMPONENT')
    expect(value('date;req', {}, {})).toBe('Tue, 20 Apr 2021 02:07:56 GMT')
    expect(value('date', {}, {})).toBe('SIG_COMPONENT_ABSENT')
  })

  it('what cannot stand in a base is refused, unless as bytes', () => {
    const odd = { fields: ['X-Odd', 'caf\u00e9', 'Example-Dict', 'a=1, a=2', 'Priority', 'u=('] }
    expect(value('x-odd', odd)).toBe('SIG_FIELD_VALUE')
    expect(value('x-odd;bs', odd)).toBe(':Y2Fm6Q==:')
    expect(value('x-odd;sf', odd)).toBe('SIG_FIELD_TYPE')
    expect(value('x-odd;key="a"', odd)).toBe('SIG_FIELD_TYPE')
    expect(value('example-dict;key="a"', odd)).toBe('SIG_FIELD_VALUE')
    expect(value('example-dict;sf', odd)).toBe('SIG_FIELD_VALUE')
    expect(value('priority;sf', odd)).toBe('SIG_FIELD_VALUE')
    expect(value('x-odd', { fields: ['X-Odd', 'a\n"@method": GET'] })).toBe('SIG_FIELD_VALUE')
    for (const control of ['\0', '\x01', '\r', '\x1f', '\x7f'])
      expect(value('x-odd', { fields: ['X-Odd', `a${control}b`] }), control).toBe('SIG_FIELD_VALUE')
  })
})

it('a parameter that no structured field can hold is not signed (RFC 9421 §2.3), nor what is not there (§3.1)', () => {
  const message = { request: aRequest(), response: null }
  expect(outcome(prepareSignature([], { keyid: 'clé' }, message, fieldTypes))).toBe('SIG_PARAMETER')
  const absent = [parseComponent('date')!]
  expect(outcome(prepareSignature(absent, {}, message, fieldTypes))).toBe('SIG_COMPONENT_ABSENT')
})

describe('web-bot-auth', () => {
  interface Bot {
    readonly key: object
    readonly target_url: string
    readonly signature: string
    readonly signature_input: string
    readonly signature_agent?: string
  }
  it.each(vectors<readonly Bot[]>('rfc9421/web-bot-auth/web_bot_auth_architecture_v2.json'))('%#', (bot) => {
    const { host, pathname } = new URL(bot.target_url)
    const request = {
      ...requestOf(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
      fields: bot.signature_agent === undefined ? [] : ['Signature-Agent', bot.signature_agent],
    }
    const { kty, crv, x, n, e } = bot.key as Record<string, unknown>
    const parts = Object.entries({ kty, crv, x, n, e }).filter(([, part]) => part !== undefined)
    const keys = readJwkSet({ keys: [Object.fromEntries(parts)] })!
    const source = { ...keySource(keys), candidates: () => keys }
    const rules = { ...ANY, tag: 'web-bot-auth', maxAge: 1e9 }
    const subject = {
      message: { request, response: null },
      input: bot.signature_input,
      signature: bot.signature,
      hasBody: false,
    }
    expect(outcome(verifySignatures(subject, rules, { owner: 'bot', keys: source }, 1_735_689_601))).toBe(
      'accepted',
    )
    const elsewhere = {
      ...subject,
      message: { request: { ...request, authority: 'other.example' }, response: null },
    }
    expect(outcome(verifySignatures(elsewhere, rules, { owner: 'bot', keys: source }, 1_735_689_601))).toBe(
      'SIG_INVALID',
    )
  })
})

function baseOf(vector: Vector): { readonly base: string; readonly octets: Buffer } {
  const { fields } = headOf(vector)
  const given = readSignatures(joined(fields, 'signature-input'), joined(fields, 'signature'))
  if (isDenial(given)) throw new Error(given.code)
  const one = given.find(({ label }) => label === vector.label)!
  const input = readSignatureInput(one.input)
  if (isDenial(input)) throw new Error(input.code)
  const base = signatureBase(input.components, input.signatureParams, messageOf(vector), fieldTypes)
  if (isDenial(base)) throw new Error(base.code)
  return { base, octets: one.signature }
}

function keyNamed({ keyid, alg }: { readonly keyid: string; readonly alg: string }): VerificationKey {
  const key = createPublicKey(file.keys[keyid]!.public_pem!)
  const jws = { 'rsa-pss-sha512': 'PS512', 'ecdsa-p256-sha256': 'ES256', ed25519: 'Ed25519' }[alg]
  return readJwkSet({ keys: [{ ...key.export({ format: 'jwk' }), kid: keyid, alg: jws }] })![0]!
}
