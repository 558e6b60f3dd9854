import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { pkiFolder, written } from '../support/wire-pki.ts'
import { credentials, token } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const GOOD = { Data: { Status: 'AUTH', Permissions: ['ReadBalances'], ClientId: 'tpp-1' } }
/** What the service was asked, and how it answers. */
const asked: { path: string; authorization: string | undefined; certificate: string | undefined }[] = []
let answer: { status: number; body: string } = { status: 200, body: JSON.stringify(GOOD) }
let delay = 0

const pki = await pkiFolder()
const read = (name: string) => readFileSync(join(pki, name))
const tls = { cert: read('as.pem'), key: read('as-key.pem'), requestCert: true, rejectUnauthorized: false }
const service = createServer(tls, (request, response) => {
  const certificate = (request.socket as TLSSocket).getPeerCertificate()?.subject?.CN?.toString()
  asked.push({ path: request.url!, authorization: request.headers.authorization, certificate })
  setTimeout(() => response.writeHead(answer.status).end(answer.body), delay)
})
await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
afterAll(() => {
  service.closeAllConnections()
  service.close()
})
const known = {
  url: `https://localhost:${(service.address() as AddressInfo).port}/v4/consents/{id}`,
  ca: join(pki, 'as-ca.pem'),
  certificate: join(pki, 'client-1.pem'),
  private_key: join(pki, 'client-1-key.pem'),
  token_file: await written(' the-token-of-the-gateway \n'),
  id: { claim: 'openbanking_intent_id' },
  members: { state: '/Data/Status', client_id: '/Data/ClientId', permissions: '/Data/Permissions' },
  states: 'AUTH',
  timeout: '4s',
}
const route = (name: string, service = name, more = {}) => ({
  path: `/${name}`,
  upstream: 'bank',
  require: { issuer: 'bank', consent: { service, permissions: 'ReadBalances' }, ...more },
})
const { gateway, upstream, stop } = await startWithUpstream({
  consents: {
    kept: { ...known, cache: '5m' },
    fresh: { ...known, cache: '0ms' },
    both: { ...known, id: { ...known.id, header: 'Consent-ID' } },
    field: { ...known, id: { header: 'Consent-ID' } },
  },
  routes: [
    ...['kept', 'fresh', 'both', 'field'].map((name) => route(name)),
    route('watched', 'fresh', { shadow: { condition: 'true' } }),
  ],
})
afterAll(stop)
beforeEach(() => {
  asked.length = 0
  answer = { status: 200, body: JSON.stringify(GOOD) }
  delay = 0
})

function ask(name: string, id: string | undefined, ...fields: string[]) {
  const accessToken = token({ claims: { openbanking_intent_id: id } })
  return gateway.call({ path: `/${name}`, fields: [...credentials(`/${name}`, { accessToken }), ...fields] })
}

it('asks for the consent by its id, as one segment, showing what the service knows the gateway by', async () => {
  expect((await ask('kept', 'urn:x/../y?z')).status).toBe(200)
  expect(asked).toEqual([
    {
      path: '/v4/consents/urn%3Ax%2F..%2Fy%3Fz',
      authorization: 'Bearer the-token-of-the-gateway',
      certificate: 'client-1',
    },
  ])
})

it('remembers an answer for as long as it may, an unknown id too; 0ms asks at every request', async () => {
  for (const name of ['kept', 'fresh']) for (let call = 0; call < 2; call++) await ask(name, `again-${name}`)
  expect(asked.map(({ path }) => path.slice('/v4/consents/'.length))).toEqual([
    'again-kept',
    'again-fresh',
    'again-fresh',
  ])
  answer = { status: 404, body: '' }
  expect((await ask('kept', 'gone')).code).toBe('CONSENT_UNKNOWN')
  expect((await ask('kept', 'gone')).code).toBe('CONSENT_UNKNOWN')
  expect(asked).toHaveLength(4)
})

it('0ms asks once, too, where a rule that only watches looks at the same', async () => {
  expect((await ask('watched', 'c')).status).toBe(200)
  expect(asked).toHaveLength(1)
})

it('a consent that is withdrawn is refused at the next request where nothing is remembered', async () => {
  expect((await ask('fresh', 'c')).status).toBe(200)
  answer = { status: 200, body: JSON.stringify({ Data: { ...GOOD.Data, Status: 'CANC' } }) }
  expect((await ask('fresh', 'c')).code).toBe('CONSENT_STATE')
})

it('a header field may have to name it as well, and then names the same; alone it says who is to be asked about', async () => {
  const named = (id: string) => ['Consent-ID', id]
  upstream.news()
  expect((await ask('both', 'c', ...named('c'))).status).toBe(200)
  expect((await ask('field', undefined, ...named('d'))).status).toBe(200)
  expect(asked.map(({ path }) => path)).toEqual(['/v4/consents/c', '/v4/consents/d'])
  expect(upstream.news().flatMap(({ all }) => all('consent-id'))).toEqual(['c', 'd'])
  for (const absent of [
    ask('both', 'c', ...named('d')),
    ask('both', 'c'),
    ask('both', undefined, ...named('c')),
    ask('both', 'c', ...named('c'), ...named('d')),
    ask('both', 'c', ...named('c'), 'Connection', 'consent-id'),
    ask('field', 'c'),
    ask('field', undefined, ...named('c'), ...named('d')),
  ])
    expect((await absent).code).toBe('CONSENT_ABSENT')
  answer = { status: 200, body: JSON.stringify({ Data: { ...GOOD.Data, ClientId: 'tpp-2' } }) }
  expect((await ask('field', undefined, ...named('of-another'))).code).toBe('CONSENT_OWNER')
  expect(upstream.news()).toEqual([])
})

it('asks once for all who wait', async () => {
  delay = 100
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask('kept', 'shared')))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
  expect(asked).toHaveLength(1)
})

it.each([
  ['an error', { status: 500, body: '' }, 0],
  ['a refusal of the gateway', { status: 401, body: '' }, 0],
  ['a redirect', { status: 302, body: '' }, 0],
  ['no JSON', { status: 200, body: '<html>' }, 0],
  ['a member twice', { status: 200, body: '{"Data":{},"Data":{}}' }, 0],
  ['an answer too late', { status: 200, body: JSON.stringify(GOOD) }, 7_000],
])('%s cannot be told from an outage: 503, to be tried again, and nothing passes', async (_, said, late) => {
  upstream.news()
  answer = said
  delay = late
  const refused = await ask('fresh', 'c')
  expect([refused.status, refused.code]).toEqual([503, 'CONSENT_UNAVAILABLE'])
  expect(refused.all('retry-after')).toHaveLength(1)
  expect(refused.all('www-authenticate')).toEqual([])
  expect(upstream.news()).toEqual([])
  // After three outages in a row the service is left alone for a second.
  answer = { status: 200, body: JSON.stringify(GOOD) }
  delay = 0
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  expect((await ask('fresh', 'c')).status).toBe(200)
})

it.each([400, 403, 414, 422])('%i is about one id: who names another is judged at once', async (status) => {
  const named = (id: string) => ask('field', undefined, 'Consent-ID', id)
  answer = { status, body: '' }
  for (let time = 0; time < 4; time++)
    expect((await named(`bad-${status}-${time}`)).code).toBe('CONSENT_UNAVAILABLE')
  answer = { status: 200, body: JSON.stringify(GOOD) }
  expect((await named(`good-${status}`)).status).toBe(200)
})

it('a header field names a consent in visible ASCII, which all read alike, or none', async () => {
  for (const id of ['caf\xe9', 'caf\xc3\xa9', 'a b', 'a\tb'])
    expect((await ask('field', undefined, 'Consent-ID', id)).code).toBe('CONSENT_ABSENT')
  expect(asked).toEqual([])
})

it('counts the answers', async () => {
  const metrics = await gateway.metrics()
  expect(metrics).toMatch(/holdfast_consents_total\{service="kept",outcome="found"[^}]*\} \d+/)
  expect(metrics).toMatch(/holdfast_consents_total\{service="fresh",outcome="failed"[^}]*\} \d+/)
})
