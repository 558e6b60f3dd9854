import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import type { StatusList } from '../../src/domain/ports.ts'
import { NOW } from './clock.ts'
import { aJws, type Members } from './jws.ts'
import { aKey } from './keys.ts'
import type { JwtChanges } from './token.ts'
import { pkiFolder } from './wire-pki.ts'

export const LIST_URI = 'https://as.bank.example/statuslists/1'

/** What a token says of its status. */
export function statusClaim(idx: unknown, uri: unknown = LIST_URI): Members {
  return { status: { status_list: { idx, uri } } }
}

/** The `lst` of these statuses, the first at index 0. */
export function packed(statuses: readonly number[], bits: StatusList['bits'] = 1): string {
  const octets = Buffer.alloc(Math.ceil((statuses.length * bits) / 8))
  statuses.forEach((status, index) => {
    const at = Math.floor((index * bits) / 8)
    octets[at] = octets[at]! | (status << ((index * bits) % 8))
  })
  return deflateSync(octets, { level: 9 }).toString('base64url')
}

/** A valid status list token (TSL §5.1) for LIST_URI with all of eight tokens valid, but for the changes. */
export function aStatusListToken({
  header = {},
  claims = {},
  key = aKey('ES256', 'issuer'),
}: JwtChanges = {}): string {
  const list = { bits: 1, lst: packed([0, 0, 0, 0, 0, 0, 0, 0]) }
  return aJws(
    { typ: 'statuslist+jwt', alg: key.alg, kid: key.kid, ...header },
    { sub: LIST_URI, iat: NOW - 10, exp: NOW + 3600, ttl: 600, status_list: list, ...claims },
    key,
  )
}

export interface StatusServer {
  readonly origin: string
  /** What it was asked: `GET /lists/1 application/statuslist+jwt`. */
  readonly asked: string[]
  readonly close: () => Promise<void>
}

/** A status list server over TLS that answers what it is told; undefined: 500. */
export async function startStatusServer(answer: (uri: string) => string | undefined): Promise<StatusServer> {
  const pki = await pkiFolder()
  const asked: string[] = []
  const server: Server = createServer(
    { cert: readFileSync(join(pki, 'server.pem')), key: readFileSync(join(pki, 'server-key.pem')) },
    (request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.accept}`)
      const body = answer(`${origin}${request.url}`)
      response.writeHead(body === undefined ? 500 : 200, { 'content-type': 'application/statuslist+jwt' })
      response.end(body)
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
