import { request } from 'node:http'
import { Duplex } from 'node:stream'
import { expect, it } from 'vitest'
import { AnswerReader } from '../../../src/services/upstream/answer-reader.ts'
import { damaged, PIECES } from '../../support/damaged.ts'
import { seeded } from '../../support/seeded.ts'

/**
 * Node's own parser as the judge of ours: answers with something wrong in them, or not, go through both. Whatever we take, Node takes
 * too, and for the same status, fields and body; so no answer is read by us as what another reader would not see in it.
 * (What we refuse, Node may take: it is the more lenient of the two.)
 */
it('whatever we take, node:http takes for the same', async () => {
  const random = seeded(20261123)
  let taken = 0
  let refused = 0
  for (let round = 0; round < ROUNDS; round++) {
    const octets = damaged(random.pick(ANSWERS), random, 3, OF_ANSWERS)
    const method = random.below(10) === 0 ? 'HEAD' : 'GET'
    const ours = readByUs(octets, method, () => 1)
    const inPieces = readByUs(octets, method, () => 1 + random.below(60))
    expect({ octets, ...inPieces?.answer }).toEqual({ octets, ...ours?.answer })
    if (ours === undefined) {
      refused++
      continue
    }
    taken++
    // What lies behind the answer is nobody's: the connection is not used again.
    const theirs = await readByNode(octets.slice(0, ours.end), method)
    expect({ octets, ...theirs }).toEqual({ octets, ...ours.answer })
  }
  // A generator that makes one kind alone judges nothing.
  expect([taken > ROUNDS / 10, refused > ROUNDS / 10]).toEqual([true, true])
}, 180_000)

interface Answer {
  readonly status: number
  readonly fields: readonly string[]
  readonly body: string
}

/** The answer and where it ends; undefined where it is refused, or never whole. Read in pieces of such sizes. */
function readByUs(
  octets: string,
  method: string,
  size: () => number,
): { readonly answer: Answer; readonly end: number } | undefined {
  let answer: Answer | undefined
  let head: { status: number; fields: string[] } | undefined
  let body = ''
  const reader = new AnswerReader(method, {
    onHead: (status, fields) => {
      head = { status, fields }
    },
    onData: (part) => {
      body += part.toString('latin1')
    },
    onEnd: () => {
      answer = { ...(head as { status: number; fields: string[] }), body }
    },
  })
  let at = 0
  while (at < octets.length && answer === undefined) {
    const piece = Buffer.from(octets.slice(at, at + size()), 'latin1')
    if (reader.read(piece) !== undefined && answer === undefined) return undefined
    at += piece.length
  }
  reader.close()
  return answer && { answer, end: at }
}

function readByNode(octets: string, method: string): Promise<Answer | { readonly error: string }> {
  return new Promise((resolve) => {
    const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
    const asked = request({ method, createConnection: () => socket, maxHeaderSize: 64 * 1024 })
    asked.on('error', (error) => resolve({ error: error.message }))
    asked.on('response', (response) => {
      let body = ''
      response.on('data', (part) => {
        body += part.toString('latin1')
      })
      response.on('error', (error) => resolve({ error: error.message }))
      response.on('end', () => {
        const fields = response.rawHeaders.map((each, at) => (at % 2 === 0 ? each.toLowerCase() : each))
        resolve({ status: response.statusCode as number, fields, body })
      })
    })
    asked.end(() => {
      socket.push(Buffer.from(octets, 'latin1'))
      socket.push(null)
    })
  })
}

const ROUNDS = 6_000
const ANSWERS = [
  'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n',
  'HTTP/1.1 204 No Content\r\nDate: Mon, 23 Nov 2026 04:49:00 GMT\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 500 Oh\r\nConnection: close\r\n\r\nuntil the end',
  'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok',
]
const OF_ANSWERS = [...PIECES, 'HTTP/1.1 200 OK\r\n', 'Connection: upgrade\r\nUpgrade: x\r\n']
