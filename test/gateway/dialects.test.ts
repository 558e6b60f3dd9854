import { randomUUID } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { claimsOf, type Jwt, MAKES, type Make } from '../support/dialect-tokens.ts'
import { aJws, type Members } from '../support/jws.ts'
import { aKey, published } from '../support/keys.ts'
import type { Answer } from '../support/wire-client.ts'
import { clientCertificate, pkiFolder, x5tOf } from '../support/wire-pki.ts'
import { credentials, nowSeconds } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const { gateway, upstream, stop } = await startWithUpstream(await config())
afterAll(stop)

describe('tokens of every make, through the gateway', () => {
  describe.each(MAKES)('$dialect', (make) => {
    it('its access token is accepted, and what it says is told the upstream', async () => {
      expect((await send(make, make.access)).status).toBe(200)
      const [seen] = upstream.news()
      const { clientId, grant, scope } = make.expected
      expect(seen?.all('holdfast-client-id')).toEqual([clientId])
      expect(seen?.all('holdfast-grant')).toEqual([grant])
      expect(seen?.all('holdfast-scope')).toEqual([scope])
      expect(seen?.all('holdfast-issuer')).toEqual([make.issuer])
      const { sub } = make.access.claims
      expect(seen?.all('holdfast-subject')).toEqual(sub === undefined ? [] : [sub])
    })

    it.each(Object.keys(make.others))('its %s is refused', async (kind) => {
      const answer = await send(make, make.others[kind] as Jwt)
      expect([answer.status, answer.code]).toEqual([401, expect.stringMatching(/^TOKEN_/)])
      expect(answer.all('www-authenticate').join()).toContain('error="invalid_token"')
      expect(upstream.news()).toEqual([])
    })

    it('a token for another API is refused', async () => {
      const answer = await send(make, make.access, { aud: 'https://other.example' })
      expect([answer.status, answer.code]).toEqual([401, 'TOKEN_AUDIENCE'])
    })
  })

  it('TOKEN_KIND: an ID token in a type that its access tokens share', async () => {
    const keycloak = makeOf('keycloak')
    const answer = await send(keycloak, keycloak.others['ID token for this audience'] as Jwt)
    expect([answer.status, answer.code]).toEqual([401, 'TOKEN_KIND'])
    expect(answer.body).toContain('"cite":"RFC 8725 §3.12"')
  })

  it('TOKEN_TENANT: a tenant that is not the one of the issuer', async () => {
    const entra = makeOf('entra')
    const answer = await send(entra, entra.access, { tid: 'another' })
    expect([answer.status, answer.code]).toEqual([401, 'TOKEN_TENANT'])
    expect(answer.all('www-authenticate').join()).toContain('error="invalid_token"')
    const elsewhere = await send(entra, entra.access, {
      iss: 'https://login.microsoftonline.com/another/v2.0',
      tid: 'another',
    })
    expect([elsewhere.status, elsewhere.code]).toEqual([401, 'TOKEN_ISSUER'])
    expect(upstream.news()).toEqual([])
  })

  it('what is not FAPI 2.0 is announced at start', () => {
    const warned = gateway.lines().map(({ msg }) => msg)
    expect(warned).toContain('issuers.okta.algorithms: RS256 is not FAPI 2.0 (FAPI2-SP §5.4.1)')
    expect(warned).toContain('issuers.okta.dialect: tokens need not be typed at+jwt (RFC 9068 §4)')
    expect(warned.join()).not.toMatch(/issuers\.(?:rfc9068|authlete)/)
  })

  async function send(make: Make, jwt: Jwt, changes: Members = {}): Promise<Answer> {
    const certificate = make.binding === 'x5t#S256' ? await clientCertificate('client-1') : undefined
    const key = aKey(make.algorithm, 'issuer')
    const bound = certificate === undefined ? aKey('ES256', 'client').jkt : x5tOf(certificate)
    const claims = { ...claimsOf(make, jwt, nowSeconds(), bound), request: randomUUID(), ...changes }
    const accessToken = aJws({ alg: key.alg, kid: key.kid, ...jwt.header }, claims, key)
    const path = `/${make.dialect}`
    const fields =
      certificate === undefined
        ? credentials(path, { accessToken })
        : ['authorization', `Bearer ${accessToken}`]
    return gateway.call({ path, fields, certificate })
  }
})

function makeOf(name: string): Make {
  return MAKES.find(({ dialect }) => dialect === name) as Make
}

/** An issuer and a route for each make, all with one file of keys. */
async function config() {
  const keys = join(await mkdtemp(join(tmpdir(), 'holdfast-keys-')), 'keys.json')
  await writeFile(keys, JSON.stringify(published(aKey('PS256', 'issuer'), aKey('RS256', 'issuer'))))
  const issuers = MAKES.map(({ dialect, issuer, audience, algorithm, settings }) => [
    dialect,
    { issuer, audience, dialect, algorithms: [algorithm], jwks_file: keys, ...settings },
  ])
  return {
    listeners: [{ tls: { client_certificate: 'optional', client_ca: `${await pkiFolder()}/client-ca.pem` } }],
    issuers: Object.fromEntries(issuers),
    routes: MAKES.map(({ dialect }) => ({
      path: `/${dialect}`,
      upstream: 'bank',
      require: { issuer: dialect },
    })),
  }
}
