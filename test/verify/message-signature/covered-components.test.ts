import { describe, expect, it } from 'vitest'
import { fapi2 } from '../../../src/verify/message-signature/profile.ts'
import { aSignature, COMPONENTS } from '../../support/signature.ts'
import { altered, DIGEST, given, rules, verdict, WITH_BODY, WITH_DIGEST } from './verify-world.ts'

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
    ['content-digest, another line', { fields: [...WITH_BODY.fields, ...DIGEST] }],
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

function componentOf(name: string) {
  return { ...fapi2.request.coverage.always[0]!, name, identity: name, identifier: `"${name}"` }
}

function alteredField(fields: readonly string[], name: string): string[] {
  return fields.map((text, at) => (fields[at - 1] === name ? text.replace(/.$/, '!') : text))
}

function without(fields: readonly string[], name: string): string[] {
  return fields.filter((_, at) => fields[at - (at % 2)]!.toLowerCase() !== name)
}
