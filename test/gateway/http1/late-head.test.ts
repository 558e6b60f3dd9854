import type { ServerResponse } from 'node:http'
import { afterAll, expect, it } from 'vitest'
import { ROUTES } from '../../support/gateway.ts'
import { openTls } from '../../support/wire-client.ts'
import { HOST } from '../../support/wire-tokens.ts'
import { startWithUpstream } from '../../support/with-upstream.ts'

let begun = Promise.withResolvers<ServerResponse>()
const { gateway, stop } = await startWithUpstream({ routes: ROUTES }, (_, response) => {
  response.flushHeaders()
  begun.resolve(response)
})
afterAll(stop)

/** Such as that of events, which whoever takes them may wait for as long as it likes. */
it.each([
  ['1.1', '5\r\nevent\r\n0\r\n\r\n'],
  ['1.0', 'event'],
])(
  'the head of an answer does not wait for a body that is long in coming, to HTTP/%s',
  async (version, body) => {
    begun = Promise.withResolvers()
    const socket = await openTls(gateway.port)
    socket.write(`GET /status HTTP/${version}\r\nHost: ${HOST}\r\n\r\n`)
    let text = ''
    socket.setEncoding('latin1').on('data', (part: string) => {
      text += part
    })
    await expect.poll(() => text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]+\r\n\r\n$/)
    const head = text
    const response = await begun.promise
    response.end('event')
    await expect.poll(() => text).toBe(head + body)
    socket.destroy()
  },
)
