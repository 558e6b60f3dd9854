import type { Server, Socket } from 'node:net'
import { expect, it } from 'vitest'
import { call } from '../support/wire-client.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { digestOf, signedFields, signedUpTo4KiB } from '../support/wire-signature.ts'
import { listening } from '../support/wire-upstream.ts'

it('an answer that flows, too long to be held, gives back what was held of it before its end', async () => {
  const servers: Server[] = []
  const body = 'x'.repeat(8_000)
  const asked = Promise.withResolvers<Socket>()
  const port = await listening((socket) => {
    socket.once('data', () => {
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Digest: ${digestOf(body)}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      )
      asked.resolve(socket)
    })
  }, servers)
  let held = 0
  const take = (octets: number) => {
    held += octets
    return true
  }
  const give = (octets: number) => {
    held -= octets
  }
  const gateway = await openInProcess(await signedUpTo4KiB(port), { bodies: { of: () => ({ take, give }) } })
  const answer = call({ port: gateway.port, path: '/signed', fields: signedFields({ path: '/signed' }) })
  const upstream = await asked.promise
  upstream.write(chunk(body.slice(0, 4_000)))
  await expect.poll(() => held).toBeGreaterThan(0)
  upstream.write(chunk(body.slice(4_000, 7_000)))
  await expect.poll(() => held).toBe(0)
  expect(gateway.inFlight()).toBe(1)
  upstream.write(`${chunk(body.slice(7_000))}0\r\n\r\n`)
  expect(await answer).toMatchObject({ status: 200, body })
  await gateway.stop()
  for (const server of servers) server.close()
})

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}
