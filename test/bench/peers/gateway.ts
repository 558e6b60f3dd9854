import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aKey, published } from '../../support/keys.ts'
import { clientKey } from '../../support/signature.ts'
import { AUDIENCE, ISSUER } from '../../support/token.ts'
import { NONCE_SECRET } from '../traffic.ts'
import { freePorts, type Server, startServer } from './server.ts'

export interface GatewayPlan {
  /** Holds the PKI; gets the configuration and the log. */
  readonly folder: string
  /** Of its files. */
  readonly name: string
  readonly threads: number
  readonly upstreamPort: number
  /** Where opaque tokens are introspected; null: nowhere, and their route is left out. */
  readonly introspectionPort: number | null
  /** Whether it writes a CPU profile when it ends. */
  readonly profiled: boolean
  /** Members of the configuration that take the place of those below. */
  readonly changes?: { readonly [key: string]: unknown }
}

export interface Gateway extends Server {
  /** Port of the listener that asks for no certificate. */
  readonly open: number
  /** Port of the one that does. */
  readonly mtls: number
}

/** Starts Holdfast: access log and metrics on, the ledger sized for ten thousand proofs a second. */
export async function startGateway(plan: GatewayPlan): Promise<Gateway> {
  const [open, mtls, admin] = (await freePorts(3)) as [number, number, number]
  const file = join(plan.folder, `${plan.name}.yaml`)
  writeFileSync(join(plan.folder, 'issuer.jwks.json'), JSON.stringify(published(aKey('ES256', 'issuer'))))
  for (const name of SIGNING) {
    const { privateKey } = aKey(name, 'gateway')
    writeFileSync(join(plan.folder, `${name}.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  }
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ ...configuration(plan, open, mtls, admin), ...plan.changes }))
  const sampling = plan.profiled
    ? ['--cpu-prof', `--cpu-prof-dir=${plan.folder}`, '--cpu-prof-interval=200']
    : []
  const ready = () =>
    fetch(`http://127.0.0.1:${admin}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    )
  const main = join(import.meta.dirname, '../../../src/main.ts')
  const server = await startServer(
    [process.execPath, ...sampling, main, '--config', file],
    join(plan.folder, `${plan.name}.log`),
    ready,
  )
  return { ...server, open, mtls }
}

function configuration(plan: GatewayPlan, open: number, mtls: number, admin: number): object {
  const tls = { certificate: 'server.pem', private_key: 'server-key.pem' }
  // Thousands of connections take their time to be opened, and wait for their turn.
  const limits = { body_size: '1GiB', max_connections: 20_000, idle_timeout: '10m', header_timeout: '10m' }
  const asked = { client_certificate: 'optional', client_ca: 'client-ca.pem' }
  const listener = { public_origin: AUDIENCE, tls, limits }
  const protects = (path: string, require: object = {}) => ({
    path,
    upstream: 'bank',
    require: { issuer: 'bank', scope: 'accounts', sender: ['dpop', 'mtls'], ...require },
  })
  const signed = (name: string, signature: string, more: object = {}) => ({
    ...protects(`/signed/${name}`, { signature }),
    ...more,
  })
  const routes: object[] = [
    { path: '/status', upstream: 'bank', danger_public: true },
    { path: '/bytes/**', upstream: 'bank', danger_public: true },
    protects('/accounts/**'),
    // As long as a proof, or the ledger would have to be larger for this route alone.
    protects('/nonce', { dpop: { nonce: 'required', nonce_age: '60s' } }),
    signed('request', 'requests'),
  ]
  for (const name of SIGNING) routes.push(signed(name, 'fapi2', { signing_key: name }))
  if (plan.introspectionPort !== null) routes.push(protects('/opaque', { issuer: 'opaque' }))
  return {
    threads: plan.threads,
    listeners: [
      { name: 'open', bind: `127.0.0.1:${open}`, ...listener },
      { name: 'mtls', bind: `127.0.0.1:${mtls}`, ...listener, tls: { ...tls, ...asked } },
    ],
    // On a busy machine the load is to be slow, and not to be turned away.
    overload: { delay: '1m' },
    admin: { bind: `127.0.0.1:${admin}` },
    issuers: issuers(plan.introspectionPort),
    clients: [{ client_id: 'tpp-1', jwks: published(clientKey()) }],
    signing: SIGNING.map((name) => ({ key: `${name}.pem`, key_id: name, algorithm: name })),
    signature_profiles: { requests: { response: 'off' } },
    dpop_nonce: { secret: NONCE_SECRET },
    // Proofs are made a moment before they are used, and so are some before the start.
    replay: { rate: 10_000, danger_trust_before_start: true },
    upstreams: { bank: { url: `http://127.0.0.1:${plan.upstreamPort}` } },
    routes,
  }
}

function issuers(introspectionPort: number | null): object {
  const bank = { issuer: ISSUER, audience: AUDIENCE, jwks_file: 'issuer.jwks.json' }
  if (introspectionPort === null) return { bank }
  const introspection = {
    client_id: 'gateway',
    client_auth: 'client_secret_basic',
    client_secret: 'a-secret-of-the-bench',
    endpoint: `https://localhost:${introspectionPort}/introspect`,
    cache: '5m',
  }
  const opaque = { issuer: 'https://opaque.bank.example', audience: AUDIENCE, ca: 'as-ca.pem', introspection }
  return { bank, opaque }
}

/** Algorithms that answers are signed with, each below `/signed`. */
const SIGNING = ['ES256', 'Ed25519', 'PS256'] as const
