import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { openTls } from '../support/wire-client.ts'
import { CLIENTS, drawn, hasBody, LARGEST_BODY, moodyRequest, openMoody } from '../support/wire-moody.ts'
import { HOST } from '../support/wire-tokens.ts'

const { rounds, random } = drawn(4, 20261126)
const { gateway, bugs, left, unrecorded, stop } = await openMoody(random)
afterAll(stop)

/**
 * Clients that send several requests in pieces, at any pace, and stop at any moment, to an upstream that answers, breaks off or keeps
 * silent at any moment. What comes back are answers in order, each to its own request; each request is recorded, once; and nothing
 * is left of any.
 */
describe('whatever a client of HTTP/1.1 does, and whenever', () => {
  it('answers are in order and nothing is left', async () => {
    const answered: string[] = []
    for (let round = 0; round < rounds; round++) {
      // Who is connected then gets the answer under way, and no other.
      setTimeout(() => gateway.renew({ clientCa: [String(round)] }), random.below(200))
      const told = await Promise.all(Array.from({ length: CLIENTS }, () => client(gateway.port)))
      answered.push(...told.flat())
      expect(bugs).toEqual([])
    }
    await expect.poll(() => unrecorded(answered)).toEqual([])
    await expect.poll(left).toEqual([0, 0, 0])
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
  await expect.poll(isDone, { message: `hangs behind ${octets.slice(0, 500)}` }).toBe(true)
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
  const { id, method, path, body, fields: flat } = moodyRequest(random, LARGEST_BODY)
  const lines = flat.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${flat[at + 1]}`] : []))
  const fields = [`Host: ${HOST}`, ...lines]
  if (random.below(12) === 0) fields.push('Connection: close')
  if (random.below(8) === 0) fields.push('Expect: 100-continue')
  const isChunked = hasBody(method) && random.below(2) === 0
  if (hasBody(method))
    fields.push(isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`)
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

/** Final answers, whole or begun, by the identifier that every one of them has; `echo`: of those of the upstream. */
function answersIn(text: string) {
  return [...text.matchAll(FINAL_HEAD)].map(([, status, fields = '']) => ({
    status: Number(status),
    id: /x-fapi-interaction-id: ([-0-9a-f]+)/.exec(fields)?.[1],
    echo: /x-echo: ([-0-9a-f]+)/.exec(fields)?.[1],
  })) as { readonly status: number; readonly id: string; readonly echo: string | undefined }[]
}

const FINAL_HEAD = /HTTP\/1\.1 ([2-5][0-9]{2}) [^\r]*\r\n((?:[^\r]+\r\n)*)\r\n/g
