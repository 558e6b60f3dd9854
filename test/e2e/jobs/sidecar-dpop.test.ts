import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestGateway } from '../../support/gateway.ts'
import {
  type IntrospectionEndpoint,
  startIntrospectionEndpoint,
} from '../../support/introspection-endpoint.ts'
import { anIssuer, FOREIGN, JobRig, OWN, provedBy, withNonce } from '../../support/job-rig.ts'
import type { Answer } from '../../support/wire-client.ts'
import type { TestIssuer } from '../../support/wire-issuer.ts'
import { ORIGIN, proof, token } from '../../support/wire-tokens.ts'

let rig: JobRig

beforeAll(async () => {
  rig = await JobRig.open()
})
afterAll(() => rig.close())

describe('with JWTs', () => {
  let issuer: TestIssuer
  let gateway: TestGateway

  beforeAll(async () => {
    issuer = await anIssuer()
    gateway = await rig.start('sidecar-dpop.yaml', { 'https://as.bank.example': issuer.issuer })
  })
  afterAll(() => Promise.all([gateway.stop(), issuer.down()]))

  it('lets a client with its proof through, and no other', async () => {
    await letsProvedThrough(gateway, token({ claims: { iss: issuer.issuer } }))
  })
})

describe('with opaque tokens, as it says there', () => {
  let server: IntrospectionEndpoint
  let gateway: TestGateway

  beforeAll(async () => {
    server = await startIntrospectionEndpoint()
    const introspection_endpoint = `${server.origin}/introspect`
    const metadata = { issuer: server.origin, introspection_endpoint }
    server.documents.set('/.well-known/openid-configuration', metadata)
    server.say = ({ form }) => ({ body: form.get('token') === OPAQUE ? known() : { active: false } })
    gateway = await rig.start('sidecar-dpop.yaml', { 'https://as.bank.example': server.origin }, (text) =>
      text.replace('# introspection:', 'introspection:'),
    )
  })
  afterAll(() => Promise.all([gateway.stop(), server.close()]))

  const known = () => ({
    active: true,
    iss: server.origin,
    aud: ORIGIN,
    sub: 'customer-7',
    client_id: 'tpp-1',
    scope: 'accounts',
    token_type: 'DPoP',
    cnf: { jkt: OWN.jkt },
  })

  it('lets a client with its proof through, and no other', async () => {
    await letsProvedThrough(gateway, OPAQUE)
    expect((await get(gateway, `${OPAQUE}x`, proof(`${OPAQUE}x`))).code).toBe('TOKEN_INACTIVE')
  })
})

/** What a gateway with DPoP lets through, and refuses. */
async function letsProvedThrough(gateway: TestGateway, accessToken: string): Promise<void> {
  const ask = async (nonce?: string, key = OWN) => {
    const made = provedBy(key, accessToken, { nonce })
    return { made, nonce, answer: await get(gateway, accessToken, made) }
  }
  const honest = await withNonce(ask)
  expect(honest.answer.status).toBe(200)
  expect((await get(gateway, accessToken, honest.made)).code).toBe('DPOP_REPLAYED')
  expect((await ask(honest.nonce, FOREIGN)).answer.code).toBe('DPOP_JKT')
  expect((await get(gateway, accessToken)).code).toBe('DPOP_ABSENT')
  expect(rig.upstream.news()).toHaveLength(1)
}

function get(gateway: TestGateway, accessToken: string, made?: string): Promise<Answer> {
  const fields = ['authorization', `DPoP ${accessToken}`, ...(made === undefined ? [] : ['dpop', made])]
  return gateway.call({ path: '/accounts', fields })
}

const OPAQUE = 'dGhlIHRva2VuIHNheXMgbm90aGluZw'
