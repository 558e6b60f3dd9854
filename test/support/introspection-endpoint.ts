import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import type { Members } from './jws.ts'
import { pkiFolder } from './wire-pki.ts'

/** One question as the authorization server got it. */
export interface Asked {
  readonly headers: IncomingMessage['headers']
  readonly form: URLSearchParams
  /** Common name of the client certificate; null: none came. */
  readonly certificate: string | null
}

export interface Said {
  readonly status?: number
  readonly type?: string
  /** An object is sent as JSON. Undefined: no answer at all. */
  readonly body: Members | string | undefined
}

/** A TLS server that counts what it is asked and answers as it is told. */
export interface IntrospectionEndpoint {
  readonly origin: string
  readonly asked: Asked[]
  /** Requests for documents, by path. */
  readonly fetched: string[]
  /** What is said of each token from now on; may take its time. */
  say: (asked: Asked) => Said | Promise<Said>
  /** Documents by path, such as metadata. */
  readonly documents: Map<string, Members>
  readonly close: () => Promise<void>
}

/** The endpoint is `/introspect`, and `/mtls/introspect` for those who come with a certificate. */
export async function startIntrospectionEndpoint(): Promise<IntrospectionEndpoint> {
  const pki = await pkiFolder()
  const read = (name: string) => readFileSync(join(pki, name))
  const tls = { cert: read('as.pem'), key: read('as-key.pem'), requestCert: true, rejectUnauthorized: false }
  const server = createServer(tls, async (request, response) => {
    const path = request.url as string
    const body = await textOf(request)
    if (!path.endsWith('/introspect')) {
      endpoint.fetched.push(path)
      const document = endpoint.documents.get(path)
      response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' })
      return response.end(JSON.stringify(document ?? {}))
    }
    const asked: Asked = {
      headers: request.headers,
      form: new URLSearchParams(request.method === 'POST' ? body : ''),
      certificate: (request.socket as TLSSocket).getPeerX509Certificate()?.subject.replace('CN=', '') ?? null,
    }
    endpoint.asked.push(asked)
    const { status = 200, type = 'application/json', body: said } = await endpoint.say(asked)
    if (said === undefined) return
    response.writeHead(status, { 'content-type': type })
    response.end(typeof said === 'string' ? said : JSON.stringify(said))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint: IntrospectionEndpoint = {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    asked: [],
    fetched: [],
    say: () => ({ body: { active: false } }),
    documents: new Map(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return endpoint
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}
