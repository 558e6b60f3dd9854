import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestGateway } from '../../support/gateway.ts'
import { anIssuer, JobRig } from '../../support/job-rig.ts'
import type { TestIssuer } from '../../support/wire-issuer.ts'
import { type ClientCertificate, clientCertificate, x5tOf } from '../../support/wire-pki.ts'
import { certificateToken } from '../../support/wire-tokens.ts'

let rig: JobRig
let issuer: TestIssuer
let mine: ClientCertificate
let gateway: TestGateway

beforeAll(async () => {
  rig = await JobRig.open()
  issuer = await anIssuer()
  mine = await clientCertificate('client-1')
  gateway = await rig.start('edge-mtls.yaml', { 'https://as.bank.example': issuer.issuer })
})
afterAll(() => Promise.all([gateway.stop(), issuer.down(), rig.close()]))

function ask(
  certificate: ClientCertificate | undefined,
  { claims = {}, method = 'GET', path = '/accounts/7' } = {},
) {
  const accessToken = certificateToken(x5tOf(mine), { iss: issuer.issuer, ...claims })
  return gateway.call({ method, path, fields: ['authorization', `Bearer ${accessToken}`], certificate })
}

it('lets whoever shows the certificate of the token through, and tells the API who that is', async () => {
  expect((await ask(mine)).status).toBe(200)
  expect((await ask(mine, PAYMENT)).status).toBe(200)
  const [seen] = rig.upstream.news()
  expect([seen?.all('holdfast-client-id'), seen?.all('authorization')]).toEqual([['tpp-1'], []])
})

it('refuses without a certificate, with that of another, and with one that is revoked or of nobody', async () => {
  expect((await ask(undefined)).code).toBe('MTLS_ABSENT')
  expect((await ask(await clientCertificate('client-2'))).code).toBe('MTLS_THUMBPRINT')
  expect((await ask(await clientCertificate('revoked'))).code).toBe('MTLS_REVOKED')
  expect((await ask(await clientCertificate('stranger'))).code).toBe('MTLS_UNTRUSTED')
  expect(rig.upstream.news()).toEqual([])
})

it('refuses a token that is bound to nothing, of another scope, and a payment by the client itself', async () => {
  expect((await ask(mine, { claims: { cnf: undefined } })).code).toBe('TOKEN_UNBOUND')
  expect((await ask(mine, { claims: { scope: 'payments' } })).code).toBe('SCOPE_INSUFFICIENT')
  expect((await ask(mine, { claims: { sub: 'tpp-1' }, ...PAYMENT })).code).toBe('GRANT_INSUFFICIENT')
  expect(rig.upstream.news()).toEqual([])
})

const PAYMENT = { method: 'POST', path: '/accounts/7/payments' }
