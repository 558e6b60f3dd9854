import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadDocument } from '../../../src/config/load.ts'
import { Fetched } from '../../../src/runtime/fetched/fetched.ts'
import { readSettings, type Settings } from '../../../src/runtime/settings/settings.ts'
import type { ProcessLog } from '../../../src/services/log/log.ts'
import { ControlMetrics } from '../../../src/services/metrics/control-metrics.ts'
import { BANK, completed } from '../../support/gateway.ts'
import { aKey, published } from '../../support/keys.ts'
import { type TestIssuer, testIssuer } from '../../support/wire-issuer.ts'
import { issuerKey, ORIGIN } from '../../support/wire-tokens.ts'

const LOG = new Proxy({}, { get: () => () => {} }) as ProcessLog
let folder: string
let issuer: TestIssuer

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-key-rings-'))
  await writeFile(join(folder, 'issuer.jwks.json'), JSON.stringify(published(issuerKey())))
  issuer = await testIssuer(aKey('ES256', 'issuer'))
  await issuer.up()
})

afterEach(async () => {
  await issuer.down()
  await rm(folder, { recursive: true })
})

async function settingsWith(issuers: object): Promise<Settings> {
  const file = join(folder, 'gateway.yaml')
  const routes = [{ path: '/', upstream: 'bank', require: { issuer: Object.keys(issuers) } }]
  const upstreams = { bank: { url: 'http://127.0.0.1:9' } }
  await writeFile(file, JSON.stringify(await completed({ issuers, upstreams, routes })))
  return readSettings(loadDocument(file))
}

/** A thread retires what it has for itself, and a moment before: it would have no keys until they are fetched the next time. */
it('keys that are wanted again before they were retired are published again', async () => {
  const other = { issuer: issuer.issuer, ca: issuer.ca, audience: ORIGIN }
  const [both, one] = [await settingsWith({ bank: BANK, other }), await settingsWith({ bank: BANK })]
  const told: string[] = []
  const fetched = new Fetched(LOG, new ControlMetrics(), (name, ..._) => void told.push(name))
  fetched.add(both)
  await expect.poll(() => told).toEqual(['keys'])
  fetched.keep(both)
  fetched.keep(one)
  fetched.add(both)
  expect(told).toEqual(['keys', 'keys'])
  expect(issuer.asked.filter((path) => path === '/keys')).toHaveLength(1)
  fetched.stop()
})
