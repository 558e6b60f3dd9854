import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { type OpenAddress, openAddress, type Serve } from '../../src/admin/address.ts'
import { answerJwks } from '../../src/admin/answer.ts'

let opened: OpenAddress | null = null
afterEach(async () => {
  await opened?.close()
  opened = null
})

async function serving(serve: Serve): Promise<string> {
  opened = await openAddress({ key: 'admin', bind: { host: '127.0.0.1', port: 0 } }, serve)
  return `http://127.0.0.1:${opened.port}/`
}

it('what fails before an answer is one of 500, and what fails within one cuts it; both end nothing else', async () => {
  const url = await serving(async (path, _, response) => {
    if (path === '/begun') response.writeHead(200, { 'content-length': 9 }).write('half')
    throw new Error('odd')
  })
  expect(await fetch(url).then(async (each) => [each.status, await each.text()])).toEqual([
    500,
    'Error: odd\n',
  ])
  await expect(fetch(`${url}begun`).then((each) => each.text())).rejects.toThrow()
  expect((await fetch(url)).status).toBe(500)
})

it('what it answers no cache keeps and no browser takes for something else', async () => {
  const url = await serving(async (_, __, response) => answerJwks(response, { keys: [] }))
  const { headers } = await fetch(url)
  const named = ['content-type', 'cache-control', 'x-content-type-options'].map((name) => headers.get(name))
  expect(named).toEqual(['application/jwk-set+json', 'no-store', 'nosniff'])
})

it('closes though somebody is not answered yet', async () => {
  const asked = Promise.withResolvers<void>()
  const url = await serving(async () => asked.resolve())
  const cut = expect(fetch(url)).rejects.toThrow()
  await asked.promise
  await opened!.close()
  await cut
})

it('has room for so many connections and no more', async () => {
  const url = await serving(async (_, __, response) => void response.end('here'))
  const { port } = opened!
  const sockets = await Promise.all(
    Array.from({ length: 256 }, async () => {
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      await once(socket, 'connect')
      return socket
    }),
  )
  const ask = () => fetch(url).then((each) => each.text())
  await expect(ask()).rejects.toThrow()
  for (const socket of sockets) socket.destroy()
  await expect.poll(() => ask().catch(() => '')).toBe('here')
})
