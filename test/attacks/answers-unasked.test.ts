import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Server, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { KeySource } from '../../src/domain/ports.ts'
import type { VerificationKey } from '../../src/verify/jose/jwk-set.ts'
import { heldKeys } from '../../src/verify/jose/key-set.ts'
import { verificationKeys } from '../support/keys.ts'
import { openTls, statusesIn } from '../support/wire-client.ts'
import { type InProcess, openInProcess } from '../support/wire-in-process.ts'
import { credentials, HOST, issuerKey } from '../support/wire-tokens.ts'
import { listening } from '../support/wire-upstream.ts'

/** All of this is one process, so what is written in one step is there to be read in one turn of the event loop, in that order. */
describe('an answer that nobody asked for, come just before a request is sent on, is read first and is nobody’s', () => {
  const servers: Server[] = []
  const idle: Socket[] = []
  const lines: Socket[] = []
  let gateway: InProcess
  let client: TLSSocket
  let issuer: Socket
  let come = ''
  /** The keys of the issuer are unknown until something comes from it; null: they are known. */
  let fetched: Promise<unknown> | null = null

  beforeAll(async () => {
    const upstream = await listening((socket) => {
      socket.on('data', () => {
        socket.write(answer('asked'))
        idle.push(socket)
      })
    }, servers)
    issuer = connect(await listening((socket) => void lines.push(socket), servers), '127.0.0.1')
    const known = heldKeys(verificationKeys(issuerKey()))
    const keys: KeySource<VerificationKey> = {
      candidates: (kid) => (fetched === null ? known.candidates(kid) : []),
      holds: (key) => fetched === null && known.holds(key),
      standing: () => 'ask',
      ask: async () => {
        await fetched
        fetched = null
        return true
      },
    }
    gateway = await openInProcess(
      {
        upstreams: { bank: { url: `http://127.0.0.1:${upstream}` } },
        routes: [{ path: '/accounts/**', upstream: 'bank', require: { issuer: 'bank' } }],
      },
      {
        bodyRules: [() => ({ check: () => undefined, algorithms: [] })],
        keys,
      },
    )
  })

  beforeEach(async () => {
    idle.length = 0
    come = ''
    client = await openTls(gateway.port)
    client.on('data', (octets) => {
      come += octets
    })
    client.write(`${head('GET')}\r\n`)
    await expect.poll(() => statusesIn(come)).toEqual([200])
    expect([idle.length, lines.length]).toEqual([1, 1])
  })

  afterEach(() => void client.destroy())

  afterAll(async () => {
    issuer.destroy()
    await gateway.stop()
    for (const server of servers) server.close()
  })

  it('where its body was held', async () => {
    client.write(`${head('POST')}Content-Length: 2\r\n\r\nx`)
    await expect.poll(() => gateway.inFlight()).toBe(1)
    client.write('x')
    saysAstray(gateway.port, client.localPort)
    await answeredAgain()
  })

  it('where keys were fetched for it', async () => {
    fetched = once(issuer, 'data')
    client.write(`${head('GET')}\r\n`)
    await expect.poll(() => gateway.inFlight()).toBe(1)
    lines[0]?.write('keys')
    saysAstray(issuer.localPort, issuer.remotePort)
    await answeredAgain()
  })

  /** Says it behind what was just sent from port `from` to port `to`, and goes on when both have come: nobody has read either until then. */
  function saysAstray(to: number | undefined, from: number | undefined): void {
    const upstream = idle[0] as Socket
    upstream.write(answer('astray'))
    const haveCome = () => waitsToBeRead(to, from) && waitsToBeRead(upstream.remotePort, upstream.localPort)
    for (let looks = 0; !haveCome(); looks++) {
      if (looks === MOST_LOOKS) throw new Error('what was sent has not come')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }

  async function answeredAgain(): Promise<void> {
    await expect.poll(() => statusesIn(come)).toEqual([200, 200])
    expect(come).not.toContain('astray')
    expect(idle.length).toBe(2)
  }
})

/** Whether octets have come to port `to` of this machine, from port `from`, that nobody has read (`rx_queue` in proc(5)). */
function waitsToBeRead(to: number | undefined, from: number | undefined): boolean {
  const [here, there] = [to, from].map((port) => `0100007F:${hex(port ?? 0)}`)
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  const row = rows
    .map((text) => text.trim().split(/\s+/))
    .find(([, local, remote]) => local === here && remote === there)
  return row !== undefined && !row[4]?.endsWith(':00000000')
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0')
}

/** Five milliseconds each. */
const MOST_LOOKS = 4_000

function head(method: string): string {
  const [, authorization, , dpop] = credentials('/accounts', { method })
  return `${method} /accounts HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: ${authorization}\r\nDPoP: ${dpop}\r\n`
}

function answer(text: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`
}
