import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestGateway } from '../../support/gateway.ts'
import { anIssuer, FOREIGN, JobRig, OWN, provedBy, withNonce } from '../../support/job-rig.ts'
import { published, type SigningKey } from '../../support/keys.ts'
import { clientKey } from '../../support/signature.ts'
import { json, type TestIssuer } from '../../support/wire-issuer.ts'
import { type ClientCertificate, clientCertificate, x5tOf } from '../../support/wire-pki.ts'
import { digestOf, signatureFor } from '../../support/wire-signature.ts'
import { isSigned } from '../../support/wire-signed-answer.ts'
import { certificateToken, ORIGIN, token } from '../../support/wire-tokens.ts'

let rig: JobRig
let issuer: TestIssuer
let gateway: TestGateway

beforeAll(async () => {
  rig = await JobRig.open()
  issuer = await anIssuer()
  // The directory and the consent service, too.
  issuer.odd = ({ url }, response) => {
    if (url === '/tpp-1/application.jwks') json(response, published(clientKey()))
    else if (url?.startsWith('/consents/')) json(response, consent(url.split('/')[2] as string))
    else return false
    return true
  }
  gateway = await rig.start('open-banking.yaml', {
    'https://as.bank.example': issuer.issuer,
    'https://directory.example': issuer.issuer,
    'https://consents.bank.example': issuer.issuer,
  })
})
afterAll(() => Promise.all([gateway.stop(), issuer.down(), rig.close()]))

const consent = (id: string) => ({
  status: id === 'withdrawn' ? 'REVOKED' : 'AUTHORISED',
  permissions: id === 'narrow' ? [] : ['ReadAccounts', 'CreatePayment'],
  client_id: 'tpp-1',
})
const claims = (more = {}) => ({ iss: issuer.issuer, consent_id: 'good', ...more })

/** A payment with its proof, signed by its client unless `key` is null. */
async function pay({ id = 'good', key = clientKey() as SigningKey | null, body = BODY, prover = OWN } = {}) {
  const accessToken = token({ claims: claims({ consent_id: id }) })
  return withNonce(async (nonce) => {
    const htu = `${ORIGIN}/payments`
    const made = provedBy(prover, accessToken, { htm: 'POST', htu, nonce })
    const fields = ['authorization', `DPoP ${accessToken}`, 'dpop', made, 'content-digest', digestOf(BODY)]
    const signature = key === null ? [] : signatureFor(fields, { ...PAYMENT, key })
    const asked = { ...PAYMENT, body, fields: [...fields, ...signature, ...INTERACTION] }
    return { asked, answer: await gateway.call(asked) }
  })
}

it('lets a signed payment through once, and signs its answer over it', async () => {
  const { asked, answer } = await pay()
  expect([answer.status, answer.all('x-fapi-interaction-id')]).toEqual([200, [INTERACTION[1]]])
  expect(await isSigned(answer, asked)).toBe(true)
  expect((await gateway.call(asked)).code).toBe('DPOP_REPLAYED')
  expect(rig.upstream.news().map(({ target }) => target)).toEqual(['/payments'])
})

it('refuses a payment that is not signed, signed by another, or changed, and signs that answer too', async () => {
  const { asked, answer } = await pay({ key: null })
  expect([answer.code, await isSigned(answer, asked)]).toEqual(['SIG_ABSENT', true])
  expect((await pay({ key: FOREIGN })).answer.code).toBe('SIG_KEYID')
  expect((await pay({ key: { ...FOREIGN, kid: clientKey().kid } })).answer.code).toBe('SIG_INVALID')
  expect((await pay({ body: '{"amount":2}' })).answer.code).toBe('DIGEST_MISMATCH')
  expect((await pay({ prover: FOREIGN })).answer.code).toBe('DPOP_JKT')
  expect(rig.upstream.news()).toEqual([])
})

it('asks for the consent of the customer', async () => {
  expect((await pay({ id: 'withdrawn' })).answer.code).toBe('CONSENT_STATE')
  expect((await pay({ id: 'narrow' })).answer.code).toBe('CONSENT_PERMISSION')
  expect(rig.upstream.news()).toEqual([])
})

it('lets a client with its certificate read, and signs what it reads', async () => {
  const mine = await clientCertificate('client-1')
  const accessToken = certificateToken(x5tOf(mine), claims())
  const read = (certificate?: ClientCertificate) => {
    const fields = ['authorization', `Bearer ${accessToken}`]
    const components = ['@method', '@target-uri', 'authorization']
    const asked = { method: 'GET', path: '/accounts/7' }
    const signed = { ...asked, fields: [...fields, ...signatureFor(fields, { ...asked, components })] }
    return { asked: signed, answer: gateway.call({ ...signed, certificate }) }
  }
  const { asked, answer } = read(mine)
  expect([(await answer).status, await isSigned(await answer, asked)]).toEqual([200, true])
  expect((await read(await clientCertificate('client-2')).answer).code).toBe('MTLS_THUMBPRINT')
  expect((await read().answer).code).toBe('MTLS_ABSENT')
  expect(rig.upstream.news()).toHaveLength(1)
})

it('publishes the keys that verify its answers', async () => {
  const { status, body } = await gateway.call({ path: '/jwks.json' })
  expect([status, JSON.parse(body).keys[0].kid]).toEqual([200, 'bank-2026'])
})

const INTERACTION = ['x-fapi-interaction-id', '93bac548-d2de-4546-b106-880a5018460d']
const BODY = '{"amount":1}'
const PAYMENT = { method: 'POST', path: '/payments' }
