import type { IncomingMessage, ServerResponse } from 'node:http'
import type { KeyRingState } from '../services/key-ring/remote.ts'
import { answer, answerJson } from './answer.ts'

/** What `/keys` reads, and what it can set going. */
export interface KeysPort {
  /** The fetched key sets by issuer name: which keys, how old, when next, what went wrong. */
  states(): { readonly [issuer: string]: KeyRingState }
  /** Fetches the keys of an issuer; resolves when every request is judged by them. Undefined where they are not fetched. */
  refresh(issuer: string): Promise<KeyRingState | undefined>
}

/** The issuer of `/keys/ISSUER/refresh`. */
export function refreshedIssuer(path: string): string | undefined {
  return /^\/keys\/([^/]+)\/refresh$/.exec(path)?.[1]
}

/**
 * `POST /keys/ISSUER/refresh` fetches the keys of an issuer at once, so that one that was withdrawn verifies nothing more:
 * 200 with what is known now, 502 with what went wrong and the keys of before, which serve on.
 */
export async function serveRefresh(
  issuer: string,
  request: IncomingMessage,
  response: ServerResponse,
  port: KeysPort,
): Promise<void> {
  if (request.method !== 'POST')
    return answer(response, 405, 'POST is all there is here\n', { allow: 'POST' })
  const state = await port.refresh(issuer)
  if (state === undefined) {
    const names = Object.keys(port.states()).join(', ') || 'none'
    return answer(response, 404, `no keys of an issuer by that name are fetched; they are of: ${names}\n`)
  }
  answerJson(response, state.problem === null ? 200 : 502, state)
}
