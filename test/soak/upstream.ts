import { openSync, writeSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { ECHO, ID, isTiled, tiled } from './marks.ts'

/**
 * An upstream, a process of its own that is killed now and then: `PORT JOURNAL`. Each request is in the journal before
 * anything is done with it, so that also a killed one has told what it saw. Each answer holds the id of its request over
 * and over; what is answered, and how slowly, is in the query.
 */
const [port, journal] = process.argv.slice(2) as [string, string]
const file = openSync(journal, 'a')

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const id = String(request.headers[ID] ?? 'none')
  const client = String(request.headers['holdfast-client-id'] ?? 'none')
  writeSync(file, `${id} ${request.method} ${client}\n`)
  const asked = new URL(request.url as string, 'http://upstream').searchParams
  const octets = Number(asked.get('octets') ?? 100)
  const parts = Number(asked.get('parts') ?? 1)
  const delay = Number(asked.get('delay') ?? 0)
  const got = await taken(request, id)
  if (delay > 0) await wait(delay)
  response.setHeader(ECHO, id)
  response.setHeader('x-soak-client', client)
  response.setHeader('x-soak-got', got)
  if (parts === 1) response.setHeader('content-length', octets)
  for (let part = 0; part < parts && !response.destroyed; part++) {
    if (part > 0) await wait(200)
    await sent(response, id, Math.floor((octets * part) / parts), Math.floor((octets * (part + 1)) / parts))
  }
  response.end()
}

/** How many octets came, or `spoilt` where they are not those of this request. */
async function taken(request: IncomingMessage, id: string): Promise<string> {
  let octets = 0
  let isWhole = true
  for await (const chunk of request) {
    isWhole &&= isTiled(chunk as Buffer, id, octets)
    octets += (chunk as Buffer).length
  }
  return isWhole ? String(octets) : 'spoilt'
}

async function sent(response: ServerResponse, id: string, from: number, to: number): Promise<void> {
  for (const chunk of tiled(id, from, to)) {
    if (response.destroyed) return
    if (response.write(chunk)) continue
    await new Promise<void>((resolve) => {
      const flows = () => {
        response.off('drain', flows).off('close', flows)
        resolve()
      }
      response.on('drain', flows).on('close', flows)
    })
  }
}

// Longer than the gateway keeps an idle connection: that race costs a POST its answer, rightly (RFC 9112 §9.3.1).
const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
  response.on('error', () => {})
  answer(request, response).catch(() => response.destroy())
})
server.listen(Number(port), '127.0.0.1', () => process.send?.('up'))
process.once('disconnect', () => process.exit(0))
