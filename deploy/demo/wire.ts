import { request } from 'node:https'

/** A request as it goes on the wire: nothing is normalised, and a field may come twice. */
export interface WireRequest {
  readonly method: string
  /** The raw request target, dot segments and all. */
  readonly path: string
  /** Name, value, name, value. */
  readonly fields: readonly string[]
  readonly body?: string
  /** The media type of the body; JSON where it is missing. */
  readonly type?: string
}

/** Who connects. `cert` and `key` are PEM; without them no client certificate is presented. */
export interface Connection {
  readonly port: number
  readonly ca: string
  readonly cert?: string
  readonly key?: string
}

export interface Answer {
  readonly status: number
  /** The body as JSON; null where it is none. */
  readonly body: unknown
  /** The `DPoP-Nonce` that came with it. */
  readonly nonce?: string | undefined
  /** By their names in lower case. */
  readonly fields?: { readonly [name: string]: string }
}

/** Sends one request over a TLS connection of its own and reads the answer; fails after five seconds. */
export function send(connection: Connection, wire: WireRequest): Promise<Answer> {
  const body = wire.body ?? ''
  const fields = ['Host', `localhost:${connection.port}`, ...wire.fields]
  if (body !== '')
    fields.push(
      'Content-Type',
      wire.type ?? 'application/json',
      'Content-Length',
      String(Buffer.byteLength(body)),
    )
  return new Promise((resolve, reject) => {
    const outgoing = request({
      ...connection,
      host: 'localhost',
      method: wire.method,
      path: wire.path,
      headers: fields,
      agent: false,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    outgoing.on('error', reject)
    outgoing.on('response', async (response) => {
      try {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk as Buffer)
        resolve({
          status: response.statusCode ?? 0,
          body: parse(Buffer.concat(chunks).toString('utf8')),
          nonce: response.headers['dpop-nonce'] as string | undefined,
          fields: response.headers as { readonly [name: string]: string },
        })
      } catch (problem) {
        reject(problem)
      }
    })
    outgoing.end(body)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const TIMEOUT_MS = 30_000
