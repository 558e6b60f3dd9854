import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aKey, published } from '../support/keys.ts'
import { AUDIENCE, ISSUER } from '../support/token.ts'
import { type Server, startServer } from './server.ts'

export interface GatewayPlan {
  /** Holds the PKI; gets the configuration and the log. */
  readonly folder: string
  readonly upstreamPort: number
  /** Port of the listener that asks for no certificate. */
  readonly open: number
  /** Port of the one that does. */
  readonly mtls: number
  readonly admin: number
  /** Whether it writes a CPU profile when it ends. */
  readonly profiled: boolean
}

/** Starts Holdfast: one thread, access log and metrics on, the ledger sized for ten thousand proofs a second. */
export async function startGateway(plan: GatewayPlan): Promise<Server> {
  const file = join(plan.folder, 'holdfast.yaml')
  writeFileSync(join(plan.folder, 'issuer.jwks.json'), JSON.stringify(published(aKey('ES256', 'issuer'))))
  writeFileSync(file, configuration(plan))
  const sampling = plan.profiled
    ? ['--cpu-prof', `--cpu-prof-dir=${plan.folder}`, '--cpu-prof-interval=200']
    : []
  const ready = () =>
    fetch(`http://127.0.0.1:${plan.admin}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    )
  const main = join(import.meta.dirname, '../../src/main.ts')
  return startServer(
    [process.execPath, ...sampling, main, '--config', file],
    join(plan.folder, 'holdfast.log'),
    ready,
  )
}

function configuration({ upstreamPort, open, mtls, admin }: GatewayPlan): string {
  return `
threads: 1
listeners:
  - name: open
    bind: 127.0.0.1:${open}
    public_origin: ${AUDIENCE}
    tls: { certificate: server.pem, private_key: server-key.pem }
  - name: mtls
    bind: 127.0.0.1:${mtls}
    public_origin: ${AUDIENCE}
    tls:
      certificate: server.pem
      private_key: server-key.pem
      client_certificate: optional
      client_ca: client-ca.pem
admin: { bind: "127.0.0.1:${admin}" }
issuers:
  bank: { issuer: ${ISSUER}, audience: ${AUDIENCE}, jwks_file: issuer.jwks.json }
replay: { rate: 10000, danger_trust_before_start: true }
upstreams:
  bank: { url: "http://127.0.0.1:${upstreamPort}" }
routes:
  - { path: /status, upstream: bank, danger_public: true }
  - path: /accounts/**
    upstream: bank
    require: { issuer: bank, scope: accounts, sender: [dpop, mtls] }
`
}
