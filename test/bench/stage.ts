import { type ChildProcess, fork } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makePki } from '../../certs/make.ts'
import { aKey } from '../support/keys.ts'
import type { GeneratorTls } from './load/generator.ts'
import { apacheVersion, startApache } from './peers/apache.ts'
import { startGateway } from './peers/gateway.ts'
import { haproxyVersion, startHaproxy } from './peers/haproxy.ts'
import { nginxVersion, startNginx } from './peers/nginx.ts'
import { redisVersion, startRedis } from './peers/redis.ts'
import { freePorts, type Server } from './peers/server.ts'
import { type Traffic, traffic } from './traffic.ts'

/**
 * `open` and `mtls` are the two listeners of the gateway; `open-1` and `open-2` those of gateways that may use every CPU, and
 * `open-redis` that of one whose ledger is in Redis.
 */
export type Peer =
  | 'nginx'
  | 'haproxy'
  | 'haproxy-jwt'
  | 'apache'
  | 'apache-mtls'
  | 'apache-dpop'
  | 'apache-dpop-more'
  | 'open'
  | 'mtls'
  | 'open-1'
  | 'open-2'
  | 'open-redis'

/** A server and the port at which it plays this part. */
export interface Door {
  readonly pid: number
  readonly port: number
  /** Threads that are to have every CPU; null: one, and the CPU that all share. */
  readonly spreadThreads: number | null
}

/** Everything that a run needs, started. */
export interface Stage {
  readonly folder: string
  readonly upstreamPort: number
  readonly traffic: Traffic
  readonly doors: ReadonlyMap<Peer, Door>
  readonly tls: { readonly without: GeneratorTls; readonly withCertificate: GeneratorTls }
  /** Servers that are not installed. */
  readonly missing: readonly string[]
  close(): Promise<void>
}

export interface StageOptions {
  readonly folder: string
  /** Holdfast alone, writing a CPU profile. */
  readonly profiled: boolean
  /** Without the others, nothing but the PKI, the upstream and the traffic is made. */
  readonly empty: boolean
}

/** Makes a throw-away PKI and starts the upstream, the gateways and, where they are installed, those we compare with. */
export async function openStage({ folder, profiled, empty }: StageOptions): Promise<Stage> {
  await makePki(folder)
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const helpers: ChildProcess[] = []
  const servers: Server[] = []
  const close = async () => {
    await Promise.all(servers.map((server) => server.stop()))
    for (const helper of helpers) helper.kill('SIGKILL')
  }
  const doors = new Map<Peer, Door>()
  const missing: string[] = []
  try {
    const upstreamPort = await helper(helpers, 'upstream.ts')
    const cast = { folder, upstreamPort, servers, doors }
    if (!empty) missing.push(...(await startHoldfast(cast, await introspection(helpers, folder), profiled)))
    if (!empty && !profiled) missing.push(...(await startOthers(cast)))
    const without = { ca: read('server-ca.pem'), servername: 'api.bank.example' }
    const withCertificate = { ...without, cert: read('client-1.pem'), key: read('client-1-key.pem') }
    return {
      folder,
      upstreamPort,
      traffic: traffic(read('client-1.pem')),
      doors,
      tls: { without, withCertificate },
      missing,
      close,
    }
  } catch (problem) {
    await close()
    throw problem
  }
}

/** Who is on the stage so far. */
interface Cast {
  readonly folder: string
  readonly upstreamPort: number
  readonly servers: Server[]
  readonly doors: Map<Peer, Door>
}

/** Answers what it would need and is not installed. */
async function startHoldfast(
  cast: Cast,
  introspectionPort: number,
  profiled: boolean,
): Promise<readonly string[]> {
  const start = async (name: string, threads: number, changes = {}) => {
    const { folder, upstreamPort } = cast
    const gateway = await startGateway({
      folder,
      upstreamPort,
      introspectionPort,
      name,
      threads,
      profiled,
      changes,
    })
    cast.servers.push(gateway)
    return gateway
  }
  const { pid, open, mtls } = await start('holdfast', 1)
  cast.doors
    .set('open', { pid, port: open, spreadThreads: null })
    .set('mtls', { pid, port: mtls, spreadThreads: null })
  if (profiled) return []
  for (const [peer, threads] of [
    ['open-1', 1],
    ['open-2', 2],
  ] as const) {
    const spread = await start(`holdfast-${threads}`, threads)
    cast.doors.set(peer, { pid: spread.pid, port: spread.open, spreadThreads: threads })
  }
  if (redisVersion() === null) return ['Redis']
  const [port] = (await freePorts(1)) as [number]
  cast.servers.push(await startRedis(cast.folder, port))
  const replay = { rate: 10_000, store: 'redis', redis: { url: `redis://127.0.0.1:${port}`, timeout: '2s' } }
  const replica = await start('holdfast-redis', 1, { replay })
  cast.doors.set('open-redis', { pid: replica.pid, port: replica.open, spreadThreads: null })
  return []
}

/** Answers which are not installed. */
async function startOthers({ folder, upstreamPort, servers, doors }: Cast): Promise<readonly string[]> {
  const missing: string[] = []
  const add = (server: Server, parts: readonly (readonly [Peer, number])[]) => {
    servers.push(server)
    for (const [peer, port] of parts) doors.set(peer, { pid: server.pid, port, spreadThreads: null })
  }
  const issuer = aKey('ES256', 'issuer')
  if (nginxVersion() === null) missing.push('nginx')
  else {
    const [port] = (await freePorts(1)) as [number]
    add(await startNginx({ folder, upstreamPort, port }), [['nginx', port]])
  }
  if (haproxyVersion() === null) missing.push('HAProxy')
  else {
    const issuerKey = createPublicKey(issuer.privateKey).export({ type: 'spki', format: 'pem' }) as string
    const [plain, jwt] = (await freePorts(2)) as [number, number]
    add(await startHaproxy({ folder, upstreamPort, plain, jwt, issuerKey }), [
      ['haproxy', plain],
      ['haproxy-jwt', jwt],
    ])
  }
  if (apacheVersion() === null) missing.push('Apache with mod_oauth2')
  else {
    const issuerKey = { ...issuer.jwk, kid: issuer.kid, alg: issuer.alg }
    const [plain, mtls, dpop, dpopMore] = (await freePorts(4)) as [number, number, number, number]
    add(await startApache({ folder, upstreamPort, plain, mtls, dpop, dpopMore, issuerKey }), [
      ['apache', plain],
      ['apache-mtls', mtls],
      ['apache-dpop', dpop],
      ['apache-dpop-more', dpopMore],
    ])
  }
  return missing
}

function introspection(helpers: ChildProcess[], folder: string): Promise<number> {
  return helper(helpers, 'authorization-server.ts', folder, aKey('ES256', 'client').jkt)
}

/** Starts a server of our own; its port. */
async function helper(helpers: ChildProcess[], name: string, ...args: readonly string[]): Promise<number> {
  const child = fork(join(import.meta.dirname, 'peers', name), args)
  helpers.push(child)
  const [port] = (await once(child, 'message')) as [number]
  return port
}
