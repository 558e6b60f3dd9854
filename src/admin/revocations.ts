import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Revocation, RevocationList } from '../services/revocation/revocation-list.ts'
import { answer, answerJson } from './answer.ts'
import { readRevocation, type TokenLifetimes } from './revocation-request.ts'

/** What `/revocations` works on. */
export interface RevocationsPort {
  readonly list: RevocationList
  readonly lifetimes: () => TokenLifetimes
  /** Unix seconds, whole. */
  readonly now: () => number
  /**
   * Called for every entry that was made, with what is written of it; resolves when it holds for every request, with whether it will for
   * those of other replicas, as far as they share what is revoked.
   */
  readonly onRevoked: (entry: Revocation, written: object) => Promise<boolean>
  /** The same for an entry that was taken back. */
  readonly onReadmitted: (entry: Revocation, written: object) => Promise<boolean>
  /** What the file of the configuration says. */
  readonly kept: () => readonly Revocation[]
}

/**
 * `GET /revocations` lists the entries, `POST` adds one: 201 with what holds from now on, 400 with every problem. `DELETE` takes one
 * back that was added by mistake: 200 with what held, 404 where there is none. Where other replicas are to know it and do not yet: 202.
 */
export async function serveRevocations(
  request: IncomingMessage,
  response: ServerResponse,
  port: RevocationsPort,
): Promise<void> {
  const { list, now } = port
  if (request.method === 'GET' || request.method === 'HEAD')
    return answerJson(response, 200, {
      limit: list.limit,
      revocations: list.entries(now()).map(written),
      revocations_file: port.kept().map(written),
    })
  if (request.method !== 'POST' && request.method !== 'DELETE')
    return answer(response, 405, 'GET, POST and DELETE are all there is here\n', {
      allow: 'GET, HEAD, POST, DELETE',
    })
  // A page can have a browser post a form to anywhere, but not JSON.
  if (!JSON_TYPE.test(request.headers['content-type'] ?? ''))
    return answer(response, 415, 'the body must be application/json\n', { connection: 'close' })
  const body = await readBody(request)
  if (body === undefined)
    return answer(response, 413, `the body is longer than ${LARGEST} octets\n`, { connection: 'close' })
  const read = readRevocation(body, port.lifetimes(), now())
  if (!('by' in read)) return answerJson(response, 400, { problems: read })
  if (request.method === 'DELETE') {
    const held = list.remove(read)
    if (held === undefined) return answerJson(response, 404, { problems: ['there is no such entry'] })
    return answerDone(response, 200, held, await port.onReadmitted(held, written(held)))
  }
  const holds = list.add(read, now())
  if (holds === undefined)
    return answerJson(response, 507, { problems: [`the list is full: it holds ${list.limit} entries`] })
  answerDone(response, 201, holds, await port.onRevoked(holds, written(holds)))
}

function answerDone(response: ServerResponse, status: number, entry: Revocation, isTold: boolean): void {
  if (isTold) return answerJson(response, status, written(entry))
  answerJson(response, 202, { ...written(entry), replicas: NOT_TOLD })
}

function written({ by, issuer, value, issuedBefore, until }: Revocation): object {
  return {
    ...(issuer === null ? {} : { issuer }),
    [by]: value,
    ...(issuedBefore === null ? {} : { issued_before: issuedBefore }),
    ...(until === Number.MAX_SAFE_INTEGER ? {} : { until }),
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length
    if (size > LARGEST) return undefined
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

const NOT_TOLD = 'replay.redis cannot be asked now; the other replicas are told as soon as it can'
const JSON_TYPE = /^application\/json(?:\s*;|$)/i
/** Octets. */
const LARGEST = 16_384
