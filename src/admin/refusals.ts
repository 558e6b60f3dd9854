import type { ServerResponse } from 'node:http'
import type { KeptRefusal } from '../services/refusals/recent-refusals.ts'
import { answer, answerJson } from './answer.ts'

/** What `/refusals` reads. */
export interface RefusalsPort {
  readonly limit: number
  /** The last refusals with this interaction id, or all; the newest first. */
  find(interactionId: string | null): Promise<readonly KeptRefusal[]>
}

/** `GET /refusals` lists the last refusals, `GET /refusals/ID` tells those with this interaction id step by step. */
export async function serveRefusals(
  path: string,
  response: ServerResponse,
  port: RefusalsPort,
): Promise<void> {
  if (path === LIST)
    return answerJson(response, 200, { limit: port.limit, refusals: (await port.find(null)).map(summary) })
  const found = await port.find(path.slice(LIST.length + 1))
  if (found.length > 0) return answerJson(response, 200, { refusals: found })
  answer(
    response,
    404,
    `none of the last ${port.limit} refusals of a thread here has this interaction id; other replicas keep theirs, and the log has a line of each\n`,
  )
}

export function isRefusals(path: string): boolean {
  return path === LIST || path.startsWith(`${LIST}/`)
}

function summary({ steps: _, remedy: __, ...rest }: KeptRefusal): object {
  return rest
}

const LIST = '/refusals'
