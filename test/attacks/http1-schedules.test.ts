import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Seeded, seeded } from '../support/seeded.ts'
import { openTls } from '../support/wire-client.ts'
import { type InProcess, openInProcess } from '../support/wire-in-process.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { clientJwks, signedFields } from '../support/wire-signature.ts'
import { credentials, HOST } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

const INTERACTION = 'x-fapi-interaction-id'
/** More by hand: `SEED=1 ROUNDS=100`. */
const ROUNDS = Number(process.env['ROUNDS'] ?? 4)
const CLIENTS = 24
const random = seeded(Number(process.env['SEED'] ?? 20261126))
let serial = 0

/**
 * Clients that send several requests in pieces, at any pace, and stop at any moment, to an upstream that answers, breaks off or keeps
 * silent at any moment. What comes back are answers in order, each to its own request; each request is recorded, once; and nothing
 * is left of any.
 */
describe('whatever a client of HTTP/1.1 does, and whenever', () => {
  let upstream: RecordingUpstream
  let gateway: InProcess
  let held = 0
  const bugs: unknown[] = []
  const note = (bug: unknown) => void bugs.push(bug)

  beforeAll(async () => {
    process.on('uncaughtException', note).on('unhandledRejection', note).on('warning', note)
    upstream = await startUpstream(undefined, (request, response) => {
      behave(request, response, random)
      return true
    })
    const signing = { key: `${await pkiFolder()}/signing-key.pem`, key_id: 'gateway', algorithm: 'ES256' }
    const digested = { issuer: 'bank', content_digest: 'required' }
    const route = (name: string, more: object) => ({ path: `/${name}/**`, upstream: 'bank', ...more })
    gateway = await openInProcess(
      {
        clients: [{ client_id: 'tpp-1', jwks: clientJwks() }],
        signing,
        listeners: [{ limits: { idle_timeout: '2s', header_timeout: '1s', body_size: '300KiB' } }],
        upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}`, timeout: '300ms' } },
        routes: [
          route('open', { danger_public: true }),
          route('refused', { require: { issuer: 'bank' } }),
          route('watched', { require: digested, enforce: 'shadow' }),
          route('held', { require: digested, limits: { held_body_size: '200KiB', held_body_timeout: '1s' } }),
          route('signed', {
            require: { issuer: 'bank', signature: 'fapi2' },
            limits: { held_answer_size: '64KiB' },
          }),
        ],
      },
      { ledger: { spend: () => 'first' }, bodies: budget((octets) => (held += octets)) },
    )
  })

  afterAll(async () => {
    await gateway.stop()
    await upstream.close()
    process.off('uncaughtException', note).off('unhandledRejection', note).off('warning', note)
  })

  it('answers are in order and nothing is left', async () => {
    const answered: string[] = []
    for (let round = 0; round < ROUNDS; round++) {
      // Who is connected then gets the answer under way, and no other.
      setTimeout(() => gateway.renew({ clientCa: [String(round)] }), random.below(200))
      const told = await Promise.all(Array.from({ length: CLIENTS }, () => client(gateway.port)))
      answered.push(...told.flat())
      expect(bugs).toEqual([])
    }
    const forwarded = upstream.seen.map((seen) => seen.all(INTERACTION)[0] as string)
    const recorded = () => gateway.records.map(({ interactionId }) => interactionId)
    await expect.poll(() => without([...answered, ...forwarded], recorded())).toEqual([])
    expect(new Set(recorded()).size).toBe(recorded().length)
    await expect.poll(() => [held, gateway.inFlight(), gateway.connections()]).toEqual([0, 0, 0])
    // A generator of requests that all fail alike would show nothing. Of a dozen statuses these come whatever the moment.
    const statuses = gateway.records.map(({ status }) => status)
    expect(statuses).toEqual(expect.arrayContaining([200, 401, 404, 502]))
  }, 600_000)
})

/** One connection; returns the identifiers of the requests that were answered, other than those that were found to be none. */
async function client(port: number): Promise<readonly string[]> {
  const socket = await openTls(port).catch(() => null)
  if (socket === null) return []
  const requests = Array.from({ length: 1 + random.below(4) }, () => aRequest())
  const octets = requests.map((each) => each.octets).join('')
  const stopsAt = random.below(3) === 0 ? random.below(octets.length + 1) : octets.length
  let text = ''
  socket.on('data', (part) => {
    text += part.toString('latin1')
  })
  if (random.below(6) === 0) socket.pause()
  const grain = random.pick([400, 5_000, 70_000, 1_000_000])
  for (let at = 0; at < stopsAt && !socket.closed; ) {
    const end = Math.min(at + 1 + random.below(at < 500 ? 60 : grain), stopsAt)
    socket.write(octets.slice(at, end), 'latin1')
    at = end
    if (random.below(3) === 0) await new Promise(setImmediate)
    if (random.below(9) === 0) await wait(random.below(6))
  }
  if (socket.isPaused()) await wait(random.below(300))
  socket.resume()
  const leaves = stopsAt < octets.length ? random.pick(['destroy', 'end', 'silent'] as const) : 'satisfied'
  if (leaves === 'destroy' || leaves === 'end') socket[leaves]()
  const isDone = () => socket.closed || (leaves === 'satisfied' && answersIn(text).length >= requests.length)
  await expect.poll(isDone, { timeout: 15_000, message: `hangs behind ${octets.slice(0, 500)}` }).toBe(true)
  socket.destroy()
  return inOrder(answersIn(text), requests)
}

function inOrder(answers: ReturnType<typeof answersIn>, requests: readonly { id: string }[]): string[] {
  const ids = answers.map(({ id }) => id)
  // The last may be to what is no request, or is none any more, and then names what it can.
  if (answers.at(-1)?.status === 400 || answers.at(-1)?.status === 408) ids.pop()
  expect(ids).toEqual(requests.slice(0, ids.length).map(({ id }) => id))
  for (const { id, echo } of answers) expect([id, undefined]).toContain(echo)
  return ids
}

function aRequest(): { readonly id: string; readonly octets: string } {
  const id = `00000000-0000-4000-8000-${String(++serial).padStart(12, '0')}`
  const kind = random.pick(['open', 'open', 'refused', 'watched', 'held', 'signed', 'nowhere'])
  const method = random.pick(['GET', 'HEAD', 'POST', 'POST', 'PUT'])
  const path = `/${kind}/${id}`
  const hasBody = method === 'POST' || method === 'PUT'
  const body = 'b'.repeat(hasBody ? random.pick([0, 1, 100, 20_000, 70_000, 150_000, 250_000, 320_000]) : 0)
  const flat = kind === 'signed' ? signedFields({ method, path, body }) : credentials(path, { method })
  const lines = flat.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${flat[at + 1]}`] : []))
  const fields = [`Host: ${HOST}`, `${INTERACTION}: ${id}`, ...(kind === 'refused' ? [] : lines)]
  if (random.below(12) === 0) fields.push('Connection: close')
  if (random.below(8) === 0) fields.push('Expect: 100-continue')
  const isChunked = hasBody && random.below(2) === 0
  if (hasBody) fields.push(isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`)
  const version = random.below(15) === 0 ? '1.0' : '1.1'
  const head = `${method} ${path} HTTP/${version}\r\n${fields.join('\r\n')}\r\n\r\n`
  const emptyLine = random.below(10) === 0 ? '\r\n' : ''
  return { id, octets: head + (isChunked ? inChunks(body) : body) + emptyLine }
}

function inChunks(body: string): string {
  let octets = ''
  for (let at = 0; at < body.length; ) {
    const part = body.slice(at, at + 1 + random.below(40_000))
    octets += `${part.length.toString(16)}${random.pick(['', '', ';x=y'])}\r\n${part}\r\n`
    at += part.length
  }
  return octets + (random.below(20) === 0 ? 'no size\r\n' : '0\r\n\r\n')
}

function behave(request: IncomingMessage, response: ServerResponse, { below, pick }: Seeded): void {
  const size = pick([0, 5, 3_000, 20_000, 100_000, 400_000])
  const half = 'x'.repeat(size / 2)
  const echo = request.headers[INTERACTION] as string
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

/** Final answers, whole or begun, by the identifier that every one of them has; `echo`: of those of the upstream. */
function answersIn(text: string) {
  return [...text.matchAll(FINAL_HEAD)].map(([, status, fields = '']) => ({
    status: Number(status),
    id: /x-fapi-interaction-id: ([-0-9a-f]+)/.exec(fields)?.[1],
    echo: /x-echo: ([-0-9a-f]+)/.exec(fields)?.[1],
  })) as { readonly status: number; readonly id: string; readonly echo: string | undefined }[]
}

function budget(changes: (octets: number) => void) {
  return {
    take: (octets: number) => {
      changes(octets)
      return true
    },
    give: (octets: number) => changes(-octets),
  }
}

function without(all: readonly string[], known: readonly string[]): string[] {
  const set = new Set(known)
  return all.filter((each) => !set.has(each))
}

const FINAL_HEAD = /HTTP\/1\.1 ([2-5][0-9]{2}) [^\r]*\r\n((?:[^\r]+\r\n)*)\r\n/g
