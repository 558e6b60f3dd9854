import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listens } from '../../support/wire-programs.ts'
import { type Server, startServer } from './server.ts'

export interface ApachePlan {
  readonly folder: string
  readonly upstreamPort: number
  /** A plain TLS proxy. */
  readonly plain: number
  /** mod_oauth2, tokens bound to a client certificate (RFC 8705). */
  readonly mtls: number
  /** mod_oauth2, tokens bound to a DPoP key (RFC 9449). */
  readonly dpop: number
  /** The same, remembering ten times as many proofs. */
  readonly dpopMore: number
  /** The issuer's public key, a JWK. */
  readonly issuerKey: { readonly [member: string]: string }
}

/** As `apache2 -v` says it; null where it or mod_oauth2 is not installed. */
export function apacheVersion(): string | null {
  const { stdout } = spawnSync('apache2', ['-v'], { encoding: 'utf8' })
  const version = /Apache\/(\S+)/.exec(stdout ?? '')?.[1]
  return version !== undefined && existsSync(join(MODULES, 'mod_oauth2.so')) ? version : null
}

/** Starts Apache: one process, its event loop and threads, connections to the upstream kept, access log on. */
export async function startApache(plan: ApachePlan): Promise<Server> {
  const home = join(plan.folder, 'apache')
  mkdirSync(home)
  const file = join(home, 'apache.conf')
  writeFileSync(file, configuration(plan, home))
  return startServer(['apache2', '-DFOREGROUND', '-d', home, '-f', file], join(home, 'output.log'), () =>
    listens(plan.dpopMore),
  )
}

function configuration(plan: ApachePlan, home: string): string {
  const key = JSON.stringify(plan.issuerKey)
  const verified = (options: string) => `
    <Location />
      AuthType oauth2
      OAuth2TokenVerify jwk '${key}' verify.iat=skip&${options}
      Require valid-user
    </Location>`
  const proved = (cache: string) => `
    # Else what an htu is compared with would name the port that it listens on.
    RequestHeader set X-Forwarded-Proto https early
    OAuth2AcceptTokenIn header type=dpop${verified(`type=dpop&dpop.cache=${cache}&${AGES}`)}`
  return `
ServerName api.bank.example
MinSpareThreads 1
DefaultRuntimeDir ${home}
PidFile ${home}/apache.pid
ErrorLog ${home}/error.log
LogLevel warn oauth2:error
${MODULE_NAMES.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
User www-data
Group www-data
StartServers 1
ServerLimit 1
ThreadLimit 64
ThreadsPerChild 64
MaxRequestWorkers 64
MaxConnectionsPerChild 0
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
LogFormat "%h %t \\"%r\\" %>s %b" common
CustomLog ${home}/access.log common
SSLCipherSuite TLSv1.3 TLS_AES_128_GCM_SHA256
# Of its own, else proofs push the tokens out; as large as it is unless said otherwise.
OAuth2Cache shm name=proofs&max_entries=1000
OAuth2Cache shm name=more&max_entries=10000
${virtualHost(plan, plan.plain, '')}
${virtualHost(
  plan,
  plan.mtls,
  `SSLVerifyClient optional
    SSLCACertificateFile ${plan.folder}/client-ca.pem
    SSLOptions +StdEnvVars +ExportCertData${verified('type=mtls')}`,
)}
${virtualHost(plan, plan.dpop, proved('proofs'))}
${virtualHost(plan, plan.dpopMore, proved('more'))}
`
}

function virtualHost({ folder, upstreamPort }: ApachePlan, port: number, rules: string): string {
  return `
Listen 127.0.0.1:${port} https
<VirtualHost 127.0.0.1:${port}>
    SSLEngine on
    SSLCertificateFile ${folder}/server.pem
    SSLCertificateKeyFile ${folder}/server-key.pem
    ProxyPass / http://127.0.0.1:${upstreamPort}/ keepalive=On
    ${rules}
</VirtualHost>`
}

/** Those of a warm-up are made beforehand, and on a slow machine the one that remembers 10,000 takes more than a minute for them. */
const AGES = 'dpop.iat.slack.before=300&dpop.iat.slack.after=10'
/** Where Debian puts them. */
const MODULES = '/usr/lib/apache2/modules'
const MODULE_NAMES = [
  'mpm_event',
  'authn_core',
  'authz_core',
  'authz_user',
  'ssl',
  'headers',
  'proxy',
  'proxy_http',
  'oauth2',
]
