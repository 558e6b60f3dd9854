import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listens } from '../../support/wire-programs.ts'
import { type Server, startServer } from './server.ts'

export interface HaproxyPlan {
  readonly folder: string
  readonly upstreamPort: number
  /** A plain TLS proxy. */
  readonly plain: number
  /** One that also verifies the signature of the access token, and nothing else of it. */
  readonly jwt: number
  /** Public key of the issuer, PEM. */
  readonly issuerKey: string
}

/** As `haproxy -v` says it; null where it is not installed. */
export function haproxyVersion(): string | null {
  const { stdout } = spawnSync('haproxy', ['-v'], { encoding: 'utf8' })
  return /version (\d[\d.]*)/.exec(stdout ?? '')?.[1] ?? null
}

/** Starts HAProxy: one thread, connections to the upstream kept and shared, access log on. */
export async function startHaproxy(plan: HaproxyPlan): Promise<Server> {
  const home = join(plan.folder, 'haproxy')
  mkdirSync(home)
  const file = join(home, 'haproxy.cfg')
  const chain = ['server.pem', 'server-key.pem'].map((name) => readFileSync(join(plan.folder, name), 'utf8'))
  writeFileSync(join(home, 'server.pem'), chain.join(''))
  writeFileSync(join(home, 'issuer.pem'), plan.issuerKey)
  writeFileSync(file, configuration(plan, home))
  return startServer(['haproxy', '-db', '-f', file], join(home, 'output.log'), () => listens(plan.jwt))
}

function configuration({ upstreamPort, plain, jwt }: HaproxyPlan, home: string): string {
  const bind = (port: number) =>
    `bind 127.0.0.1:${port} ssl crt ${home}/server.pem alpn h2,http/1.1 ssl-min-ver TLSv1.2`
  return `
global
  nbthread 1
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  option forwardfor
  http-reuse always
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend plain
  ${bind(plain)}
  default_backend bank
frontend jwt
  ${bind(jwt)}
  http-request set-var(txn.bearer) http_auth_bearer
  http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')
  http-request deny deny_status 401 unless { var(txn.alg) -m str ES256 }
  http-request deny deny_status 401 unless { var(txn.bearer),jwt_verify(txn.alg,"${home}/issuer.pem") 1 }
  default_backend bank
backend bank
  server bank 127.0.0.1:${upstreamPort}
`
}
