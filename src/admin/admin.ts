import { createServer, type ServerResponse } from 'node:http'

/** What the admin address tells. */
export interface AdminPorts {
  readonly isReady: () => boolean
  readonly metrics: () => Promise<string>
  readonly metricsType: string
}

export interface OpenAdmin {
  readonly port: number
  close(): Promise<void>
}

/** Opens the admin address: liveness, readiness and metrics, over plain HTTP for this machine. Rejects with the system's error. */
export async function openAdmin(
  bind: { readonly host: string; readonly port: number },
  ports: AdminPorts,
): Promise<OpenAdmin> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answer(response, 405, 'GET is all there is here\n')
    const path = request.url?.split('?', 1)[0]
    if (path === '/livez') return answer(response, 200, 'alive\n')
    if (path === '/readyz')
      return ports.isReady() ? answer(response, 200, 'ready\n') : answer(response, 503, 'not ready\n')
    if (path === '/metrics') return void answerMetrics(response, ports)
    answer(response, 404, '/livez, /readyz and /metrics are all there is here\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: bind.host, port: bind.port, exclusive: true }, resolve)
  })
  return {
    port: (server.address() as { port: number }).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answerMetrics(response: ServerResponse, ports: AdminPorts): Promise<void> {
  try {
    answer(response, 200, await ports.metrics(), ports.metricsType)
  } catch (problem) {
    answer(response, 500, `${String(problem)}\n`)
  }
}

function answer(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
}
