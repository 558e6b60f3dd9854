import type { ServerResponse } from 'node:http'

/** Sends a whole answer that no cache keeps and no browser takes for something else. */
export function answer(
  response: ServerResponse,
  status: number,
  body: string,
  fields: { readonly [name: string]: string } = {},
): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...fields,
  })
  response.end(body)
}

export function answerJson(response: ServerResponse, status: number, value: object): void {
  answer(response, status, `${JSON.stringify(value, null, 2)}\n`, { 'content-type': 'application/json' })
}

/** RFC 7517 §8.5. */
export function answerJwks(response: ServerResponse, set: object): void {
  answer(response, 200, `${JSON.stringify(set)}\n`, { 'content-type': 'application/jwk-set+json' })
}
