import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type GatewayConfig, startGateway, type TestGateway } from '../support/gateway.ts'
import { aKey, published } from '../support/keys.ts'
import { readText } from '../support/source.ts'
import type { Answer } from '../support/wire-client.ts'
import { type ClientCertificate, clientCertificate, pkiFolder, written, x5tOf } from '../support/wire-pki.ts'
import { nowSeconds, token } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'
import { BERLIN_GROUP } from './ecosystem-trials/berlin-group.ts'
import { CONSUMER_DATA_RIGHT } from './ecosystem-trials/consumer-data-right.ts'
import { OPEN_BANKING_UK } from './ecosystem-trials/open-banking-uk.ts'
import { OPEN_FINANCE_BRAZIL } from './ecosystem-trials/open-finance-brazil.ts'
import { CLIENT, HEADERS, type Trial } from './ecosystem-trials/trial.ts'

/** The files of config/ecosystems, and what must become of requests there. */
const ECOSYSTEMS = [OPEN_BANKING_UK, OPEN_FINANCE_BRAZIL, CONSUMER_DATA_RIGHT, BERLIN_GROUP]

describe.each(ECOSYSTEMS)('config/ecosystems/$file', (ecosystem) => {
  const { file, consent, state, names = {}, echo, refusals, trials } = ecosystem
  let upstream: RecordingUpstream
  let gateway: TestGateway
  let certificate: ClientCertificate
  const service = { close: () => {} }

  beforeAll(async () => {
    const pki = await pkiFolder()
    const read = (name: string) => readFileSync(join(pki, name))
    const consents = createServer({ cert: read('as.pem'), key: read('as-key.pem') }, ({ url }, response) => {
      const good = url?.includes('/payments/') ? '/payment' : '/good'
      const status = url?.endsWith(good) ? state : 'withdrawn'
      response.end(JSON.stringify(consent(status)))
    })
    await new Promise<void>((resolve) => consents.listen(0, '127.0.0.1', resolve))
    service.close = () => consents.close().closeAllConnections()
    upstream = await startUpstream()
    certificate = await clientCertificate('client-1')
    const keys = JSON.stringify(published(aKey('PS256', 'issuer')))
    const text = readText(`config/ecosystems/${file}`)
      .replaceAll('../../certs', pki)
      .replaceAll(/bind: 0\.0\.0\.0:\d+/g, 'bind: 127.0.0.1:0')
      .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, `http://127.0.0.1:${upstream.port}`)
      .replaceAll(
        'https://consents.bank.example',
        `https://localhost:${(consents.address() as AddressInfo).port}`,
      )
    const config = parse(text) as GatewayConfig & { issuers: { bank: object } }
    gateway = await startGateway({
      ...config,
      issuers: { bank: { ...config.issuers.bank, jwks_file: await written(keys) } },
    })
  })

  afterAll(async () => {
    await gateway.stop()
    await upstream.close()
    service.close()
  })

  it.each(trials.map((trial) => ({ method: 'GET', ...trial })))(
    '$method $path with $scope: $answers',
    async (trial) => {
      const answer = await ask(trial, certificate)
      expect(codeOf(answer) ?? answer.status).toBe(trial.answers)
      if (trial.title !== undefined) expect(answer.body).toContain(`"title":"${trial.title}"`)
      if (trial.status !== undefined) {
        expect(answer.status).toBe(trial.status)
        expect(answer.all('www-authenticate')).toHaveLength(trial.status === 401 ? 1 : 0)
        const id = answer.all(INTERACTION)[0]
        await gateway.line((line) => line['interaction_id'] === id && line['status'] === trial.status)
        const told = await fetch(`http://127.0.0.1:${gateway.admin}/refusals/${id}`)
        const { refusals } = (await told.json()) as { refusals: { status: number }[] }
        expect(refusals[0]!.status).toBe(trial.status)
      }
      expect(upstream.seen).toHaveLength(answer.status === 200 ? 1 : 0)
      const id = trial.without === INTERACTION ? expect.stringMatching(UUID) : HEADERS[INTERACTION]
      expect((answer.status === 200 ? upstream.seen[0] : answer)?.all(INTERACTION)).toEqual([id])
      if (echo !== undefined && answer.status !== 200 && trial.without !== echo)
        expect(answer.all(echo)).toEqual([HEADERS[echo]])
    },
  )

  it('writes refusals as the ecosystem does', async () => {
    const refused = trials.find(({ answers }) => typeof answers === 'string')!
    const answer = await ask(refused, certificate)
    expect(answer.all('content-type')).toEqual([refusals.type])
    expect(JSON.parse(answer.body)).toEqual(refusals.body)
  })

  it('lets nobody use the token of another, or none', async () => {
    const passes = trials.find(({ answers }) => answers === 200)!
    const others = await clientCertificate('client-2')
    expect(codeOf(await ask(passes, others))).toBe(names['MTLS_THUMBPRINT'] ?? 'MTLS_THUMBPRINT')
    const without = await ask(passes, undefined).then(codeOf, ({ code }) => code)
    expect([names['MTLS_ABSENT'] ?? 'MTLS_ABSENT', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED']).toContain(
      without,
    )
    expect(upstream.seen).toEqual([])
  })

  function ask(trial: Trial, shown?: ClientCertificate) {
    const { method = 'GET', path, scope, claims, isClients = false, without, fields: more = [] } = trial
    const accessToken = token({
      key: aKey(trial.algorithm ?? 'PS256', 'issuer'),
      claims: {
        client_id: CLIENT,
        sub: isClients ? CLIENT : 'customer-7',
        scope,
        exp: nowSeconds() + 300,
        cnf: { 'x5t#S256': x5tOf(certificate) },
        ...claims,
      },
    })
    upstream.seen.length = 0
    const sent = Object.entries(HEADERS).filter(([name]) => name !== without)
    const fields = ['authorization', `Bearer ${accessToken}`, ...sent.flat(), ...more]
    return gateway.call({ method, path, fields, certificate: shown })
  }
})

const INTERACTION = 'x-fapi-interaction-id'
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** In the form of the ecosystem; undefined where it was admitted. */
function codeOf({ status, body }: Answer): string | undefined {
  if (status === 200) return undefined
  const said = JSON.parse(body)
  return said.errors?.[0].code ?? said.tppMessages?.[0].code ?? said.Errors[0].ErrorCode
}
