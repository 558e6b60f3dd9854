import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Server, startServer } from '../bench/peers/server.ts'
import { BANK } from '../support/gateway.ts'
import { freshKey, published } from '../support/keys.ts'
import { type TestIssuer, testIssuer } from '../support/wire-issuer.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { issuerKey, ORIGIN } from '../support/wire-tokens.ts'
import { freePort } from '../support/wire-upstream.ts'
import { Introspection } from './introspection.ts'
import { Restartable } from './restartable.ts'
import { gatewaySigning, signingClients } from './signed.ts'

/** Everything that the load meets: two upstreams, an authorization server, and the gateway as an operator starts it. */
export interface Stage {
  readonly gateway: Server
  readonly ports: { readonly open: number; readonly mtls: number; readonly admin: number }
  readonly issuer: TestIssuer
  readonly introspection: Introspection
  readonly upstreams: { readonly [name in UpstreamName]: Restartable }
  readonly journals: readonly string[]
  readonly log: string
  /** Where evidence is kept. */
  readonly evidence: string
  readonly ca: string
  /** Writes another configuration, which a reload then takes. */
  readonly reconfigure: () => void
  /** The code that the gateway ended with. */
  readonly close: () => Promise<number | null>
}

export type UpstreamName = 'accounts' | 'payments'

/** `headerTimeout` in seconds: what is slow meets it within the run, and a machine that is slow itself must not. */
export async function openStage(folder: string, headerTimeout: number): Promise<Stage> {
  const six = Array.from({ length: 6 }, freePort)
  const [open, mtls, admin, accounts, payments, asked] = (await Promise.all(six)) as SixPorts
  const pki = await pkiFolder()
  const issuer = await testIssuer(freshKey('ES256', 'first'))
  const introspection = await Introspection.open(folder, asked)
  const journals = [join(folder, 'accounts.journal'), join(folder, 'payments.journal')] as const
  const upstreams = {
    accounts: new Restartable('upstream.ts', [String(accounts), journals[0]]),
    payments: new Restartable('upstream.ts', [String(payments), journals[1]]),
  }
  await Promise.all([issuer.up(), upstreams.accounts.start(), upstreams.payments.start()])
  writeFileSync(join(folder, 'issuer.jwks.json'), JSON.stringify(published(issuerKey())))
  const ports = { open, mtls, admin }
  const evidence = join(folder, 'evidence')
  const signing = await gatewaySigning()
  let edition = 0
  const file = join(folder, 'gateway.yaml')
  const reconfigure = () => {
    edition++
    const config = configuration({
      ...{ pki, ports, accounts, payments, issuer, introspection, evidence, signing, edition, headerTimeout },
    })
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(config))
  }
  reconfigure()
  const log = join(folder, 'gateway.log')
  const main = join(import.meta.dirname, '../../src/main.ts')
  const isUp = () =>
    fetch(`http://127.0.0.1:${admin}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    )
  const start = ['env', ...shippedEnvironment(), process.execPath, main, '--config', file] as const
  const gateway = await startServer(start, log, isUp)
  return {
    ...{ gateway, ports, issuer, introspection, upstreams, journals, log, evidence, reconfigure },
    ca: readFileSync(join(pki, 'server-ca.pem'), 'utf8'),
    close: async () => {
      const code = await gateway.stop()
      await Promise.all([
        issuer.down(),
        introspection.server.kill(),
        upstreams.accounts.kill(),
        upstreams.payments.kill(),
      ])
      return code
    },
  }
}

interface Plan {
  readonly headerTimeout: number
  readonly pki: string
  readonly ports: Stage['ports']
  readonly accounts: number
  readonly payments: number
  readonly issuer: TestIssuer
  readonly introspection: Introspection
  readonly evidence: string
  readonly signing: object
  readonly edition: number
}

/** What differs from one edition to the next makes pools, routes and key rings come and go. */
function configuration({ pki, ports, accounts, payments, issuer, edition, ...plan }: Plan): object {
  const tls = { certificate: join(pki, 'server.pem'), private_key: join(pki, 'server-key.pem') }
  const asked = { client_certificate: 'optional', client_ca: join(pki, 'client-ca.pem') }
  const limits = {
    header_timeout: `${plan.headerTimeout}s`,
    ...{ idle_timeout: '20s', max_handshakes: 200, max_connections: 2_000 },
  }
  const listener = { public_origin: ORIGIN, limits }
  const route = (path: string, upstream: string, require: object = {}, more: object = {}) => ({
    ...{ path, upstream, ...more },
    require: { issuer: 'bank', scope: 'accounts', ...require },
  })
  return {
    threads: 2,
    drain_timeout: '10s',
    admin: { bind: `127.0.0.1:${ports.admin}`, refusals: 200 },
    listeners: [
      { name: 'open', bind: `127.0.0.1:${ports.open}`, ...listener, tls },
      { name: 'mtls', bind: `127.0.0.1:${ports.mtls}`, ...listener, tls: { ...tls, ...asked } },
    ],
    issuers: {
      bank: BANK,
      asked: plan.introspection.configuration,
      fetched: { issuer: issuer.issuer, ca: issuer.ca, audience: ORIGIN },
    },
    // Small, so that they are full before the first look: what grows after that is a leak.
    caches: { tokens: 200, dpop_keys: 200, introspected_tokens: 100 },
    replay: { rate: 500 },
    held_bodies: { memory: '16MiB' },
    clients: signingClients(),
    signing: plan.signing,
    evidence: { directory: plan.evidence, rotate_size: '4MiB' },
    upstreams: {
      accounts: { url: `http://127.0.0.1:${accounts}`, timeout: `${10 + (edition % 3)}s` },
      payments: { url: `http://127.0.0.1:${payments}`, timeout: '15s' },
    },
    routes: [
      route('/accounts/**', 'accounts', { issuer: edition % 2 === 0 ? ['bank', 'fetched'] : 'bank' }),
      route('/payments/**', 'payments'),
      route('/fetched/**', 'accounts', { issuer: 'fetched' }),
      route('/nonce/**', 'accounts', { dpop: { nonce: 'required', nonce_age: '60s' } }),
      route('/held/**', 'accounts', { content_digest: 'required' }, HELD),
      route('/asked/**', 'accounts', { issuer: 'asked' }),
      route('/noted/**', 'accounts', { issuer: 'asked' }, { evidence: 'signatures' }),
      route('/signed/**', 'accounts', { signature: 'fapi2' }, HELD),
      route('/kept/**', 'accounts', { signature: 'fapi2' }, { ...HELD, evidence: 'bodies' }),
      { path: '/status', upstream: 'accounts', danger_public: true, name: `edition ${edition % 2}` },
    ],
  }
}

/** What the container image tells glibc: deploy/README.md says why. */
function shippedEnvironment(): string[] {
  const image = readFileSync(join(import.meta.dirname, '../../Dockerfile'), 'utf8')
  return [...image.matchAll(/^ENV (MALLOC_\w+=\d+)$/gm)].map(([, setting]) => setting as string)
}

type SixPorts = [number, number, number, number, number, number]
const HELD = { limits: { held_body_size: '512KiB', held_body_timeout: '10s' } }
