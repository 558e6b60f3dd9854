import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadDocument } from '../../../src/config/load.ts'
import { Introspection } from '../../../src/runtime/fetched/introspection.ts'
import { readSettings } from '../../../src/runtime/settings/settings.ts'
import { ControlMetrics } from '../../../src/services/metrics/control-metrics.ts'
import { BANK, completed } from '../../support/gateway.ts'
import { startIntrospectionEndpoint } from '../../support/introspection-endpoint.ts'
import { keySource } from '../../support/token.ts'
import { pkiFolder } from '../../support/wire-pki.ts'

const LOG = { warn: () => {} } as unknown as ConstructorParameters<typeof Introspection>[1]

it('an assertion is for the server as its metadata names it, whatever its tokens say (FAPI2-SP §5.3.3.1)', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-introspection-'))
  const server = await startIntrospectionEndpoint()
  server.documents.set('/metadata', {
    issuer: server.origin,
    introspection_endpoint: `${server.origin}/introspect`,
  })
  const pki = await pkiFolder()
  const asked = {
    issuer: 'https://tokens.bank.example',
    audience: BANK.audience,
    ca: join(pki, 'as-ca.pem'),
    metadata_url: `${server.origin}/metadata`,
    metadata_issuer: server.origin,
    introspection: {
      client_id: 'gateway',
      client_auth: 'private_key_jwt',
      private_key: join(pki, 'server-key.pem'),
    },
  }
  const file = join(folder, 'gateway.yaml')
  const upstreams = { bank: { url: 'http://127.0.0.1:9' } }
  const routes = [{ path: '/', upstream: 'bank', require: { issuer: 'asked' } }]
  await writeFile(file, JSON.stringify(await completed({ issuers: { asked }, upstreams, routes })))
  const settings = readSettings(loadDocument(file))
  const introspection = new Introspection(() => keySource([]), LOG, new ControlMetrics())
  introspection.add(settings)
  await introspection.of(settings, 'asked')?.ask('a-token-that-nobody-guesses', 'its hash')
  const assertion = server.asked[0]?.form.get('client_assertion') ?? ''
  const claims = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString())
  expect(claims).toMatchObject({ iss: 'gateway', aud: server.origin })
  introspection.stop()
  await server.close()
  await rm(folder, { recursive: true })
})
