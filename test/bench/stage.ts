import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makePki } from '../../certs/make.ts'
import { startGateway } from './gateway.ts'
import type { GeneratorTls } from './generator.ts'
import { nginxIsHere, startNginx } from './nginx.ts'
import type { Peer } from './rows.ts'
import { freePorts, type Server } from './server.ts'
import { type Traffic, traffic } from './traffic.ts'

/** Everything that a run needs, started. */
export interface Stage {
  readonly folder: string
  readonly traffic: Traffic
  readonly peers: ReadonlyMap<Peer, { readonly pid: number; readonly port: number }>
  readonly tls: { readonly without: GeneratorTls; readonly withCertificate: GeneratorTls }
  /** Why a peer is not there, as a sentence; null where all are. */
  readonly missing: string | null
  close(): Promise<void>
}

/** Makes a throw-away PKI and starts the upstream, the gateway and, where it is installed, nginx. */
export async function openStage(folder: string, profiled: boolean): Promise<Stage> {
  await makePki(folder)
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const upstream = fork(join(import.meta.dirname, 'upstream.ts'))
  const [upstreamPort] = (await once(upstream, 'message')) as [number]
  const [open, mtls, admin, plain] = (await freePorts(4)) as [number, number, number, number]
  const servers: Server[] = []
  const close = async () => {
    await Promise.all(servers.map((server) => server.stop()))
    upstream.kill('SIGKILL')
  }
  try {
    const gateway = await startGateway({ folder, upstreamPort, open, mtls, admin, profiled })
    servers.push(gateway)
    const peers: [Peer, { pid: number; port: number }][] = [
      ['open', { pid: gateway.pid, port: open }],
      ['mtls', { pid: gateway.pid, port: mtls }],
    ]
    const hasNginx = !profiled && nginxIsHere()
    if (hasNginx) {
      const nginx = await startNginx({ folder, upstreamPort, port: plain })
      servers.push(nginx)
      peers.unshift(['nginx', { pid: nginx.pid, port: plain }])
    }
    const without = { ca: read('server-ca.pem'), servername: 'api.bank.example' }
    return {
      folder,
      traffic: traffic(read('client-1.pem')),
      peers: new Map(peers),
      tls: {
        without,
        withCertificate: { ...without, cert: read('client-1.pem'), key: read('client-1-key.pem') },
      },
      missing: hasNginx
        ? null
        : 'nginx is not installed (apt-get install nginx-light): its row and the ratios to it are left out',
      close,
    }
  } catch (problem) {
    await close()
    throw problem
  }
}
