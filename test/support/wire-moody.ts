import type { IncomingMessage, ServerResponse } from 'node:http'
import { INTERACTION_ID } from '../../src/gateway/exchange.ts'
import { type Seeded, seeded } from './seeded.ts'
import { type InProcess, openInProcess } from './wire-in-process.ts'
import { pkiFolder } from './wire-pki.ts'
import { clientJwks, signedFields } from './wire-signature.ts'
import { credentials } from './wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from './wire-upstream.ts'

/** A gateway of every kind of route before an upstream that answers, breaks off or keeps silent at any moment. */
export interface Moody {
  readonly gateway: InProcess
  readonly upstream: RecordingUpstream
  /** What nobody caught until now, warnings too. */
  readonly bugs: readonly unknown[]
  /** What is left: octets of bodies that are held, requests under way, connections. */
  readonly left: () => readonly [number, number, number]
  /** Identifiers of requests that were answered or forwarded, but not recorded; all of them where one was recorded twice. */
  readonly unrecorded: (answered: readonly string[]) => readonly string[]
  readonly stop: () => Promise<void>
}

/** A request for one of the routes of `openMoody`: how it is authorized, and what it carries. */
export interface MoodyRequest {
  readonly id: string
  readonly method: string
  readonly path: string
  /** Flat; with the identifier, without the host. */
  readonly fields: readonly string[]
  readonly body: string
}

/** So many rounds of clients, drawn from this seed; others by hand: `SEED=1 ROUNDS=100`. */
export function drawn(rounds: number, seed: number): { readonly rounds: number; readonly random: Seeded } {
  const { ROUNDS, SEED } = process.env
  return { rounds: Number(ROUNDS ?? rounds), random: seeded(Number(SEED ?? seed)) }
}

export async function openMoody(random: Seeded): Promise<Moody> {
  const bugs: unknown[] = []
  const note = (bug: unknown) => void bugs.push(bug)
  process.on('uncaughtException', note).on('unhandledRejection', note).on('warning', note)
  const upstream = await startUpstream(undefined, (request, response) => {
    behave(request, response, random)
    return true
  })
  let held = 0
  const gateway = await openInProcess(await configuration(upstream.port), {
    bodies: {
      of: () => ({
        take: (octets) => {
          held += octets
          return true
        },
        give: (octets) => {
          held -= octets
        },
      }),
    },
  })
  return {
    gateway,
    upstream,
    bugs,
    left: () => [held, gateway.inFlight(), gateway.connections()],
    unrecorded: (answered) => {
      const recorded = gateway.records.map(({ interactionId }) => interactionId)
      const forwarded = upstream.seen.map((seen) => seen.all(INTERACTION_ID)[0] as string)
      const once = new Set(recorded)
      const twice = recorded.length === once.size ? [] : recorded
      return [...[...answered, ...forwarded].filter((id) => !once.has(id)), ...twice]
    },
    stop: async () => {
      await gateway.stop()
      await upstream.close()
      process.off('uncaughtException', note).off('unhandledRejection', note).off('warning', note)
    },
  }
}

async function configuration(port: number) {
  const digested = { issuer: 'bank', content_digest: 'required' }
  const route = (name: string, more: object) => ({ path: `/${name}/**`, upstream: 'bank', ...more })
  return {
    clients: [{ client_id: 'tpp-1', jwks: clientJwks() }],
    signing: { key: `${await pkiFolder()}/signing-key.pem`, key_id: 'gateway', algorithm: 'ES256' },
    listeners: [{ limits: { idle_timeout: '2s', header_timeout: '1s', body_size: '300KiB' } }],
    upstreams: { bank: { url: `http://127.0.0.1:${port}`, timeout: '300ms' } },
    routes: [
      route('open', { danger_public: true }),
      route('refused', { require: { issuer: 'bank' } }),
      route('watched', { require: digested, enforce: 'shadow' }),
      route('held', { require: digested, limits: { held_body_size: '200KiB', held_body_timeout: '1s' } }),
      route('signed', {
        require: { issuer: 'bank', signature: 'fapi2' },
        limits: { held_answer_size: '64KiB', held_body_timeout: '1s' },
      }),
    ],
  }
}

/** With a body of no more than so many octets, where there is one. */
export function moodyRequest(random: Seeded, most: number): MoodyRequest {
  const id = `00000000-0000-4000-8000-${String(++serial).padStart(12, '0')}`
  const kind = random.pick(['open', 'open', 'refused', 'watched', 'held', 'signed', 'nowhere'])
  const method = random.pick(['GET', 'HEAD', 'POST', 'POST', 'PUT'])
  const path = `/${kind}/${id}`
  const length = hasBody(method) ? random.pick(LENGTHS.filter((each) => each <= most)) : 0
  const body = 'b'.repeat(length)
  const proven = kind === 'signed' ? signedFields({ method, path, body }) : credentials(path, { method })
  return { id, method, path, body, fields: [INTERACTION_ID, id, ...(kind === 'refused' ? [] : proven)] }
}

export function hasBody(method: string): boolean {
  return method === 'POST' || method === 'PUT'
}

function behave(request: IncomingMessage, response: ServerResponse, { below, pick }: Seeded): void {
  const size = pick([0, 5, 3_000, 20_000, 100_000, 400_000])
  const half = 'x'.repeat(size / 2)
  const echo = request.headers[INTERACTION_ID] as string
  for (const each of [request, response]) each.on('error', () => {})
  const answer = (fate: number) => {
    response.setHeader('x-echo', echo)
    if (below(3) > 0) response.setHeader('content-length', size)
    if (fate === 0) return void response.destroy()
    const broken = `HTTP/1.1 200 OK\r\nx-echo: ${echo}\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nno size\r\n`
    if (fate === 1) return void request.socket.end(broken)
    if (fate === 2) response.statusCode = pick([204, 304, 205, 201, 500])
    if (fate === 3) response.writeProcessing()
    if (below(2) === 0) return void response.end(half + half)
    response.write(half)
    setTimeout(() => (fate === 4 ? response.destroy() : response.end(half)), below(20))
  }
  const fate = below(14)
  // While the body is not read, or is on its way, or once it is whole; or never.
  if (fate > 4 && below(9) === 0) return void setTimeout(() => answer(fate), below(10))
  request.resume()
  if (fate > 4 && below(20) === 0) return
  if (below(4) === 0) setTimeout(() => answer(fate), below(10))
  else request.on('end', () => setTimeout(() => answer(fate), below(30)))
}

/** At once. */
export const CLIENTS = 24
/** Octets. */
export const LARGEST_BODY = 320_000
const LENGTHS = [0, 1, 100, 20_000, 50_000, 70_000, 150_000, 250_000, LARGEST_BODY]
let serial = 0
