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
import { json, type TestIssuer, testIssuer } from '../../support/wire-issuer.ts'
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

async function settingsWith(issuers: object, more: object = {}): Promise<Settings> {
  const file = join(folder, 'gateway.yaml')
  const routes = [{ path: '/', upstream: 'bank', require: { issuer: Object.keys(issuers) } }]
  const upstreams = { bank: { url: 'http://127.0.0.1:9' } }
  await writeFile(file, JSON.stringify(await completed({ issuers, upstreams, routes, ...more })))
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

/** Only so many rings are begun in a time: where all began anew, clients past the first fifty would be turned away for a while. */
it('keys of clients that are fetched are kept where a client comes whose keys are in the file', async () => {
  const key = aKey('ES256', 'client')
  issuer.odd = (_, response) => {
    json(response, published(key))
    return true
  }
  const directory = { client_keys: { jwks_uri: `${issuer.issuer}/{client_id}`, ca: issuer.ca } }
  const clients = [{ client_id: 'written-down', jwks: published(key) }]
  const before = await settingsWith({ bank: BANK }, directory)
  const after = await settingsWith({ bank: BANK }, { ...directory, clients })
  const fetched = new Fetched(LOG, new ControlMetrics(), () => {})
  const has = (settings: Settings, client: string) =>
    fetched.ports(settings).clientKeys(client).candidates(key.kid).length
  fetched.add(before)
  await fetched.ports(before).clientKeys('fetched').ask(key.kid)
  fetched.add(after)
  fetched.keep(after)
  expect([has(after, 'fetched'), has(after, 'written-down')]).toEqual([1, 1])
  fetched.add(before)
  fetched.keep(before)
  expect(await fetched.ports(before).clientKeys('written-down').ask(key.kid)).toBe(true)
  expect(issuer.asked).toEqual(['/fetched', '/written-down'])
  fetched.stop()
})

it('keys of clients that are fetched are kept where another comes or goes that has a place of its own', async () => {
  const key = aKey('ES256', 'client')
  issuer.odd = (_, response) => {
    json(response, published(key))
    return true
  }
  const at = (client_id: string, path = client_id) => ({
    client_id,
    jwks_uri: `${issuer.issuer}/own/${path}`,
    ca: issuer.ca,
  })
  const directory = { client_keys: { jwks_uri: `${issuer.issuer}/{client_id}`, ca: issuer.ca } }
  const withClients = (...clients: object[]) => settingsWith({ bank: BANK }, { ...directory, clients })
  const fetched = new Fetched(LOG, new ControlMetrics(), () => {})
  const turnTo = (settings: Settings) => {
    fetched.add(settings)
    fetched.keep(settings)
    return fetched.ports(settings).clientKeys
  }
  const before = turnTo(await withClients(at('one'), at('two')))
  for (const client of ['one', 'two', 'listed']) expect(await before(client).ask(key.kid)).toBe(true)
  expect(issuer.asked.splice(0)).toEqual(['/own/one', '/own/two', '/listed'])
  const after = turnTo(await withClients(at('one', 'elsewhere'), at('three')))
  const has = ['one', 'two', 'three', 'listed'].map((client) => after(client).candidates(key.kid).length)
  expect(has).toEqual([0, 0, 0, 1])
  // One that goes has its keys from the directory, and not from where they were.
  for (const client of ['one', 'two', 'three']) expect(await after(client).ask(key.kid)).toBe(true)
  expect(issuer.asked.splice(0)).toEqual(['/own/elsewhere', '/two', '/own/three'])
  const again = turnTo(await withClients(at('one'), at('two'), at('three')))
  expect(['one', 'two', 'three'].map((client) => again(client).candidates(key.kid).length)).toEqual([1, 1, 1])
  expect(issuer.asked).toEqual([])
  fetched.stop()
})
