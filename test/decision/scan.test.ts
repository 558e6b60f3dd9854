import { describe, expect, it } from 'vitest'
import { type ListenerRules, originsOf, type RawRequest, scan } from '../../src/decision/scan.ts'
import { isDenial } from '../../src/domain/denial.ts'
import type { RequestFacts } from '../../src/domain/request-facts.ts'
import { outcome } from '../support/outcome.ts'
import { aPeer, aRawRequest } from '../support/request.ts'

const HOST = ['Host', 'api.bank.example']
const rules: ListenerRules = {
  origins: originsOf(['https://api.bank.example', 'https://mtls.bank.example:8443']),
  fieldCount: 100,
  bodyLimit: 1000,
}

const judge = (changes: Partial<RawRequest>) => outcome(scan(aRawRequest(changes), rules))
const withFields = (...fields: readonly string[]) => judge({ fields: [...HOST, ...fields] })
const http2 = (changes: Partial<RawRequest> = {}) =>
  aRawRequest({ version: '2', authority: 'api.bank.example', fields: [], ...changes })

function facts(changes: Partial<RawRequest>): RequestFacts {
  const answer = scan(aRawRequest(changes), rules)
  if (isDenial(answer)) throw new Error(answer.code)
  return answer
}

describe('the facts of a request', () => {
  it('say what the wire said, once', () => {
    const fields = [
      ...[...HOST, 'Authorization', 'DPoP t', 'DPoP', 'p', 'X-Fapi-Interaction-Id', 'i'],
      ...['Accept', '*/*', 'Expect', '100-Continue'],
    ]
    const peer = aPeer()
    expect(facts({ target: '/accounts/%37?from=%2F', fields, peer })).toEqual({
      method: 'GET',
      origin: 'https://api.bank.example',
      authority: 'api.bank.example',
      targetUri: 'https://api.bank.example/accounts/%37',
      path: '/accounts/%37',
      normalPath: '/accounts/7',
      hasPathParameters: false,
      query: 'from=%2F',
      requestTarget: '/accounts/%37?from=%2F',
      signatureInput: null,
      signature: null,
      fields,
      authorization: 'DPoP t',
      dpop: 'p',
      repeatedCredential: null,
      interactionId: 'i',
      isEarly: false,
      via: null,
      hasBody: false,
      contentLength: 0,
      bodyLimit: 1000,
      peer,
      peerRejected: null,
    })
  })

  it('tell an empty query from none', () => {
    expect(facts({ target: '/a?' }).query).toBe('')
    expect(facts({ target: '/a' }).query).toBeNull()
  })

  it.each([['1'], ['1', '1'], ['0', ''], ['']])(
    'tell early data, whatever is said of it and however often (RFC 8470 §5.1): %j %j',
    (...values) => {
      const marks = values.flatMap((value) => ['Early-Data', value])
      expect(facts({ fields: [...HOST, ...marks] }).isEarly).toBe(true)
    },
  )

  it('leave repeated credentials to the decision, which answers with a challenge', () => {
    const fields = [...HOST, 'DPoP', 'a', 'dpop', 'b']
    expect(facts({ fields })).toMatchObject({ repeatedCredential: 'dpop', dpop: 'a' })
  })
})

describe('the host (RFC 9112 §3.2)', () => {
  it.each(['api.bank.example', 'API.BANK.EXAMPLE', 'api.bank.example:443', 'api.bank.example:'])(
    'takes %s',
    (host) => {
      expect(facts({ fields: ['Host', host] }).authority).toBe('api.bank.example')
    },
  )

  it('tells several origins apart', () => {
    const { origin, targetUri } = facts({ fields: ['host', 'mtls.bank.example:8443'] })
    expect([origin, targetUri]).toEqual([
      'https://mtls.bank.example:8443',
      'https://mtls.bank.example:8443/accounts',
    ])
  })

  it.each([
    'evil.example',
    'api.bank.example:8443',
    'mtls.bank.example',
    'api.bank.example.',
    '127.0.0.1',
    '[::1]',
  ])('HOST_FOREIGN: %s', (host) => {
    expect(judge({ fields: ['Host', host] })).toBe('HOST_FOREIGN')
  })

  it.each([
    '',
    ' ',
    'a b',
    'user@api.bank.example',
    'api.bank.example/',
    'api.bank.example, api.bank.example',
    'https://api.bank.example',
    'api.bank.example:99999',
    'api.bank.example:x',
    'api.\xadbank.example',
    'b\xfccher.example',
    'api%2ebank.example',
  ])('HOST_MALFORMED: %j', (host) => {
    expect(judge({ fields: ['Host', host] })).toBe('HOST_MALFORMED')
  })

  it('HOST_MALFORMED: none, or two, even of one name', () => {
    expect(judge({ fields: [] })).toBe('HOST_MALFORMED')
    expect(judge({ version: '1.0', fields: [] })).toBe('HOST_MALFORMED')
    expect(judge({ fields: [...HOST, ...HOST] })).toBe('HOST_MALFORMED')
    expect(judge({ fields: [...HOST, 'host', 'evil.example'] })).toBe('HOST_MALFORMED')
  })

  it('is :authority in HTTP/2, and a Host field beside it must agree', () => {
    expect(outcome(scan(http2(), rules))).toBe('accepted')
    expect(outcome(scan(http2({ fields: HOST }), rules))).toBe('accepted')
    expect(outcome(scan(http2({ authority: null, fields: HOST }), rules))).toBe('accepted')
    expect(outcome(scan(http2({ fields: ['host', 'mtls.bank.example:8443'] }), rules))).toBe('HOST_MALFORMED')
    expect(outcome(scan(http2({ authority: null }), rules))).toBe('HOST_MALFORMED')
    expect(outcome(scan(http2({ authority: 'evil.example' }), rules))).toBe('HOST_FOREIGN')
  })
})

describe('the request target (RFC 9112 §3.2)', () => {
  it('takes the absolute form, whose authority the Host field must name too', () => {
    expect(facts({ target: 'https://api.bank.example/accounts?a' })).toMatchObject({
      path: '/accounts',
      query: 'a',
    })
    expect(facts({ target: 'HTTPS://API.bank.example:443' })).toMatchObject({
      path: '/',
      targetUri: 'https://api.bank.example/',
    })
    expect(facts({ target: 'https://api.bank.example?a' })).toMatchObject({ path: '/', query: 'a' })
    expect(judge({ target: 'https://mtls.bank.example:8443/accounts' })).toBe('HOST_MALFORMED')
    expect(judge({ target: 'https://user@api.bank.example/accounts' })).toBe('HOST_MALFORMED')
    expect(judge({ target: 'https:///accounts' })).toBe('HOST_MALFORMED')
    expect(judge({ target: 'https://api.bank.example/accounts', fields: [] })).toBe('HOST_MALFORMED')
  })

  it.each([
    'http://api.bank.example/accounts',
    'ftp://api.bank.example/',
    'accounts',
    '',
    'api.bank.example:443',
    `${'?'.repeat(24)}/https://api.bank.example`,
    '?a',
    '*',
    '*?a',
    '\\accounts',
  ])('TARGET_MALFORMED: %j', (target) => {
    expect(judge({ target })).toBe('TARGET_MALFORMED')
  })

  it('takes the asterisk form of OPTIONS alone', () => {
    expect(facts({ method: 'OPTIONS', target: '*' }).path).toBe('*')
  })

  it.each([
    '/a//b',
    '/a/../b',
    '/a/%2e%2e/b',
    '/a%2fb',
    '/a%5cb',
    '/a/..;/b',
    '/a%252fb',
    'https://api.bank.example//a',
  ])('PATH_AMBIGUOUS: %s', (target) => {
    expect(judge({ target })).toBe('PATH_AMBIGUOUS')
  })

  it.each(['/a b', '/a\\b', '/a#b', '/a%zz', '/é', '/a?b#c', '/a?b c', '/a?\x7f'])(
    'PATH_MALFORMED: %j',
    (target) => {
      expect(judge({ target })).toBe('PATH_MALFORMED')
    },
  )

  it('sees path parameters, which a route may allow', () => {
    expect(facts({ target: '/accounts;v=1' })).toMatchObject({
      hasPathParameters: true,
      normalPath: '/accounts;v=1',
    })
  })
})

describe('fields', () => {
  it.each(['X_Forwarded_For', 'Holdfast_Subject', '_', 'content_length', 'holdfast.subject', '$WSRU'])(
    'FIELD_NAME: %s',
    (name) => {
      expect(withFields(name, '1')).toBe('FIELD_NAME')
    },
  )

  it.each(['Content-Length', 'Transfer-Encoding', 'Content-Type', 'Expect', 'X-Fapi-Interaction-Id'])(
    'FIELD_DUPLICATED: two of %s',
    (name) => {
      expect(withFields(name, '0', name.toLowerCase(), '0')).toBe('FIELD_DUPLICATED')
    },
  )

  it.each([
    'Authorization',
    'close, dpop',
    'DPoP,close',
    'Holdfast-Subject',
    'X-Forwarded-For',
    'keep-alive,\tClient-Cert ',
    'Host',
    'content-length',
    'Signature-Input',
    'x-fapi-interaction-id',
    'Cookie',
    'Early-Data',
  ])('FIELD_CONNECTION: %j (CVE-2024-45410)', (connection) => {
    expect(withFields('Connection', connection)).toBe('FIELD_CONNECTION')
    expect(withFields('Connection', 'close', 'Connection', connection)).toBe('FIELD_CONNECTION')
  })

  it.each(['close', 'keep-alive', 'Upgrade, HTTP2-Settings', 'x-mine', ''])(
    'lets a client name %j in Connection',
    (connection) => {
      expect(withFields('Connection', connection)).toBe('accepted')
    },
  )

  it('FIELDS_TOO_MANY: one more than the listener accepts', () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => [`x-${at}`, '']).flat()
    expect(withFields(...many(99))).toBe('accepted')
    expect(withFields(...many(100))).toBe('FIELDS_TOO_MANY')
  })
})

describe('framing (RFC 9112 §6)', () => {
  it.each([
    [['Content-Length', '1'], { hasBody: true, contentLength: 1 }],
    [['Content-Length', '0'], { hasBody: false, contentLength: 0 }],
    [[], { hasBody: false, contentLength: 0 }],
    [['Transfer-Encoding', 'chunked'], { hasBody: true, contentLength: null }],
    [['Transfer-Encoding', 'Chunked'], { hasBody: true, contentLength: null }],
  ])('%j', (fields, body) => {
    expect(facts({ fields: [...HOST, ...fields] })).toMatchObject(body)
  })

  it.each(['', '-1', '+1', '1.0', '0x1', '1,1', '1 ', '1e3', '9999999999999999', '١'])(
    'FRAMING_BROKEN: Content-Length %j',
    (length) => {
      expect(withFields('Content-Length', length)).toBe('FRAMING_BROKEN')
    },
  )

  it.each(['', 'identity', 'gzip, chunked', 'chunked, chunked', 'xchunked', ' chunked', 'chunked;a=b'])(
    'FRAMING_BROKEN: Transfer-Encoding %j',
    (coding) => {
      expect(withFields('Transfer-Encoding', coding)).toBe('FRAMING_BROKEN')
    },
  )

  it('FRAMING_BROKEN: both, and chunked in HTTP/1.0', () => {
    expect(withFields('Transfer-Encoding', 'chunked', 'Content-Length', '0')).toBe('FRAMING_BROKEN')
    expect(judge({ version: '1.0', fields: [...HOST, 'Transfer-Encoding', 'chunked'] })).toBe(
      'FRAMING_BROKEN',
    )
  })

  it('is by frames in HTTP/2', () => {
    expect(outcome(scan(http2({ fields: ['transfer-encoding', 'chunked'] }), rules))).toBe('FRAMING_BROKEN')
    expect(scan(http2({ mayHaveBody: true }), rules)).toMatchObject({ hasBody: true, contentLength: null })
    for (const length of [0, 1]) {
      const sized = scan(http2({ mayHaveBody: true, fields: ['content-length', `${length}`] }), rules)
      expect(sized).toMatchObject({ hasBody: length === 1, contentLength: length })
    }
    expect(scan(http2(), rules)).toMatchObject({ hasBody: false, contentLength: 0 })
  })
})

describe('when several things are wrong', () => {
  it('the host is said before the fields, and the fields before the path', () => {
    expect(judge({ target: '/a//b', fields: ['Host', 'evil.example', 'a_b', ''] })).toBe('HOST_FOREIGN')
    expect(judge({ target: '/a//b', fields: [...HOST, 'a_b', ''] })).toBe('FIELD_NAME')
    expect(judge({ target: '/a//b', fields: [...HOST, 'Content-Length', 'x'] })).toBe('FRAMING_BROKEN')
  })
})
