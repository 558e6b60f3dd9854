import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { loadDocument } from '../../../src/config/load.ts'
import { ConsentServices } from '../../../src/runtime/fetched/consents.ts'
import { sources } from '../../../src/runtime/fetched/sources.ts'
import { readSettings, type Settings } from '../../../src/runtime/settings/settings.ts'
import { ControlMetrics } from '../../../src/services/metrics/control-metrics.ts'
import { completed } from '../../support/gateway.ts'
import { aKey, published } from '../../support/keys.ts'
import { json, type TestIssuer, testIssuer } from '../../support/wire-issuer.ts'
import { issuerKey } from '../../support/wire-tokens.ts'

const LOG = { info: () => {}, warn: () => {}, error: () => {} } as unknown as ConstructorParameters<
  typeof ConsentServices
>[0]
let folder: string
let server: TestIssuer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-consents-'))
  await writeFile(join(folder, 'issuer.jwks.json'), JSON.stringify(published(issuerKey())))
  server = await testIssuer(aKey('ES256', 'issuer'))
  await server.up()
})

afterAll(async () => {
  await server.down()
  await rm(folder, { recursive: true })
})

async function settingsWith(consents: object): Promise<Settings> {
  const file = join(folder, 'gateway.yaml')
  const routes = [{ path: '/', upstream: 'bank', require: { issuer: 'bank' } }]
  const upstreams = { bank: { url: 'http://127.0.0.1:9' } }
  await writeFile(file, JSON.stringify(await completed({ upstreams, routes, consents })))
  return readSettings(loadDocument(file))
}

const agreed = (more: object) => ({
  agreed: { url: `${server.issuer}/{id}`, ca: server.ca, id: { claim: 'c' }, states: 'A', ...more },
})

it('a service is asked as many questions at a time as its file says', async () => {
  const settings = await settingsWith(agreed({ max_connections: 2 }))
  const services = new ConsentServices(LOG, new ControlMetrics())
  let [underWay, most] = [0, 0]
  server.odd = (_, response) => {
    most = Math.max(most, ++underWay)
    setTimeout(() => {
      underWay--
      json(response, { status: 'A', client_id: 'tpp' })
    }, 50)
    return true
  }
  services.add(settings)
  const source = sources.consents(settings, 'agreed')
  const answers = await Promise.all(
    ['a', 'b', 'c', 'd'].map((id) => services.answer(source, id, `tpp-${id}`)),
  )
  expect(answers).not.toContain(undefined)
  expect(most).toBe(2)
  services.stop()
})

it('a service that no configuration wants any more is let go of when its last request is over', async () => {
  const [before, after] = [await settingsWith(agreed({})), await settingsWith({})]
  const services = new ConsentServices(LOG, new ControlMetrics())
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    services.add(before)
    services.keep(before)
    vi.advanceTimersByTime(3_600_000)
    expect(services.of(before, 'agreed')).toBeDefined()
    services.keep(after)
    vi.advanceTimersByTime(59_000)
    expect(services.of(before, 'agreed')).toBeDefined()
    vi.advanceTimersByTime(2_000)
    expect(services.of(before, 'agreed')).toBeUndefined()
  } finally {
    vi.useRealTimers()
    services.stop()
  }
})
