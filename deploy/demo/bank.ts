import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listen, type Port } from './listen.ts'

/** One request as the bank saw it. Field names are in lower case. */
export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly fields: Readonly<Record<string, string | string[] | undefined>>
}

/** The upstream of the demonstration: an accounts-and-payments API that believes only what the gateway tells it. */
export interface Bank {
  /** Every request that arrived, in order; what the gateway refused is not among them. */
  readonly seen: readonly SeenRequest[]
  readonly close: () => Promise<void>
}

/** Starts the bank on http://127.0.0.1:`port`. It holds no key and checks no token: that is the gateway's work. */
export async function startBank(port: Port): Promise<Bank> {
  const seen: SeenRequest[] = []
  const server = createServer((request, response) => {
    seen.push({ method: request.method ?? '', url: request.url ?? '', fields: request.headers })
    answer(request, response).catch(() => response.destroy())
  })
  await listen(server, port)
  return {
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').split('?')[0]
  const operation = `${request.method} ${path}`
  const caller = callerOf(request)
  if (operation === 'GET /status') return send(response, 200, { status: 'open', caller })
  if (caller.subject === null) return send(response, 403, { problem: 'The gateway named no subject.' })

  const accounts = ACCOUNTS.filter((account) => account.owner === caller.subject)
  if (operation === 'GET /accounts') return send(response, 200, { accounts, caller })
  if (operation === 'POST /payments' || operation === 'POST /payments/signed') {
    return send(response, 201, { payment: { ...(await readJson(request)), status: 'accepted' }, caller })
  }
  const account = accounts.find(({ id }) => operation === `GET /accounts/${id}`)
  if (account !== undefined) return send(response, 200, { account, caller })
  send(response, 404, { problem: 'There is no such resource.' })
}

/** Who calls, by the fields that the gateway sets and that no client can. */
function callerOf(request: IncomingMessage): Record<string, string | null> {
  const field = (name: string) => request.headers[`holdfast-${name}`]?.toString() ?? null
  return {
    client_id: field('client-id'),
    subject: field('subject'),
    issuer: field('issuer'),
    scope: field('scope'),
    jkt: field('jkt'),
    'x5t#S256': field('x5t-s256'),
  }
}

async function readJson(request: IncomingMessage): Promise<object> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as object
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
}

const ACCOUNTS = [
  { id: '1', owner: 'alice', name: 'Everyday', currency: 'EUR', balance: '1204.17' },
  { id: '2', owner: 'alice', name: 'Savings', currency: 'EUR', balance: '25000.00' },
  { id: '3', owner: 'bob', name: 'Everyday', currency: 'EUR', balance: '88.40' },
]
