import { describe, expect, it } from 'vitest'
import { NOW } from '../../support/clock.ts'
import { aSignature } from '../../support/signature.ts'
import { given, PARAMETERS, REQUEST, rules, verdict } from './verify-world.ts'

describe('parameters (RFC 9421 §2.3): each', () => {
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
