import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createPlain } from 'node:http'
import { createServer, type Server } from 'node:https'
import { type AddressInfo, createServer as createMute } from 'node:net'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { httpsDoor } from '../../../src/services/http/door.ts'
import { pkiFolder } from '../../support/wire-pki.ts'
import { freePort } from '../../support/wire-upstream.ts'

let ca: string
let server: Server
let origin: string
const seen: string[] = []

/** Answers what the path says, with the fields of its query; `/reset` ends a connection that was used before, without an answer. */
beforeAll(async () => {
  const pki = await pkiFolder()
  ca = readFileSync(join(pki, 'as-ca.pem'), 'utf8')
  const used = new WeakSet<object>()
  const tls = { cert: readFileSync(join(pki, 'as.pem')), key: readFileSync(join(pki, 'as-key.pem')) }
  server = createServer(tls, (request, response) => {
    const path = request.url as string
    seen.push(path)
    if (path === '/broken' || (path === '/reset' && used.has(request.socket))) return request.socket.destroy()
    used.add(request.socket)
    if (path === '/silence') return
    if (path === '/half') return void response.writeHead(200, { 'content-length': '9' }).write('half')
    if (path === '/cut') {
      response.writeHead(200, { 'content-length': '9' }).write('half', () => request.socket.destroy())
      return
    }
    const fields: [string, string | string[]][] = JSON.parse(decodeURIComponent(path.split('?')[1] ?? '[]'))
    for (const [name, value] of fields) response.setHeader(name, value)
    if (path === '/moved') response.writeHead(302, { location: '/elsewhere' })
    else response.writeHead(200, { 'content-type': 'Application/JSON; charset=utf-8' })
    response.end(path === '/long' ? 'x'.repeat(101) : path)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `https://localhost:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

const open = (within = 20_000, largest = 100) => {
  seen.length = 0
  const send = httpsDoor({ ca, connections: 1, within, largest })
  return (path: string, body?: string) =>
    send({
      url: origin + path,
      method: body === undefined ? 'GET' : 'POST',
      fields: {},
      ...(body && { body }),
    })
}

it('gives status, media type and octets', async () => {
  const answer = await open()('/a')
  expect({ ...answer, octets: answer.octets.toString() }).toEqual({
    status: 200,
    type: 'application/json',
    maxAge: null,
    octets: '/a',
  })
})

it.each([
  [60, 'public, max-age=60', '0'],
  [0, 'max-age=60, no-cache', '0'],
  [0, ['max-age=60', 'no-store'], '0'],
  [60, ['public', 'max-age=60'], '0'],
  [45, 'max-age=60', '15'],
  [0, 'max-age=60', '61'],
  [60, 'max-age=60', 'long'],
  [null, 's-maxage=60', '15'],
] as const)('gives %s seconds where it says %s, and is %s seconds old', async (seconds, control, age) => {
  const fields = JSON.stringify([
    ['cache-control', control],
    ['age', age],
  ])
  const { maxAge } = await open(20_000, 1_000)(`/a?${encodeURIComponent(fields)}`)
  expect(maxAge).toBe(seconds)
})

it('says why there is no answer, where nobody listens', async () => {
  const send = httpsDoor({ within: 20_000, largest: 100 })
  const url = `https://localhost:${await freePort()}/`
  await expect(send({ url, method: 'GET', fields: {} })).rejects.toThrow(
    new RegExp(`^${RegExp.escape(`${url} gave no answer: `)}.*ECONNREFUSED`),
  )
  await expect(send({ url: 'http://localhost/', method: 'GET', fields: {} })).rejects.toThrow(
    'is not an https URL',
  )
})

it('says which key makes a server trusted that nobody vouches for', async () => {
  const send = httpsDoor({ within: 20_000, largest: 100 })
  await expect(send({ url: origin, method: 'GET', fields: {} })).rejects.toThrow(
    `${origin} gave no answer: unable to verify the first certificate; \`ca\` says whom to trust`,
  )
})

it('asks whether a server speaks TLS, where it answers without', async () => {
  const plain = createPlain((_, response) => response.end())
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
  const url = `https://localhost:${(plain.address() as AddressInfo).port}/`
  const send = httpsDoor({ within: 20_000, largest: 100 })
  await expect(send({ url, method: 'GET', fields: {} })).rejects.toThrow(
    `${url} gave no answer: wrong version number (does it speak TLS?)`,
  )
  plain.close()
})

it('follows no redirect', async () => {
  expect(await open()('/moved')).toMatchObject({ status: 302 })
  expect(seen).toEqual(['/moved'])
})

it('waits no longer than it was told', async () => {
  const began = performance.now()
  await expect(open(1_000)('/silence')).rejects.toThrow(`${origin}/silence gave no answer`)
  expect(performance.now() - began).toBeLessThan(15_000)
})

it('says what had not come when the time was over', async () => {
  const mute = createMute()
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  const url = `https://localhost:${(mute.address() as AddressInfo).port}/`
  const toMute = httpsDoor({ connections: 1, within: 300, largest: 100 })
  const [first, second] = [1, 2].map(() => toMute({ url, method: 'GET', fields: {} }))
  const said = `${url} gave no answer: no`
  await Promise.all([
    expect(first).rejects.toThrow(`${said} TLS connection within 300 ms`),
    expect(second).rejects.toThrow(`${said} connection was free within 300 ms`),
  ])
  mute.close()
  const ask = open(500)
  const told = (path: string) => ask(path).catch(({ message }: Error) => message)
  // On a slow machine TLS may not stand in that time.
  await expect
    .poll(() => told('/silence'))
    .toBe(`${origin}/silence gave no answer: no head of it within 500 ms`)
  await expect
    .poll(() => told('/half'))
    .toBe(`${origin}/half gave no answer: no end of its body within 500 ms`)
})

it('takes no more than so many octets', async () => {
  await expect(open()('/long')).rejects.toThrow(`${origin}/long gave no answer`)
})

it('asks once more where the server closed an old connection, and only there', async () => {
  const ask = open()
  await ask('/a')
  expect(await ask('/reset', 'token=x')).toMatchObject({ status: 200 })
  expect(seen).toEqual(['/a', '/reset', '/reset'])
  const fresh = open()
  for (const path of ['/broken', '/cut']) await expect(fresh(path)).rejects.toThrow('gave no answer')
  await fresh('/a')
  await expect(fresh('/cut')).rejects.toThrow('gave no answer')
  expect(seen).toEqual(['/broken', '/cut', '/a', '/cut'])
})

it('what a server says beyond its answer is not the answer to the next question', async () => {
  const pki = await pkiFolder()
  const pem = (name: string) => readFileSync(join(pki, name), 'utf8')
  const worker = new Worker(TALKATIVE, {
    eval: true,
    workerData: { cert: pem('as.pem'), key: pem('as-key.pem') },
  })
  const [port] = await once(worker, 'message')
  const send = httpsDoor({ ca, connections: 1, within: 20_000, largest: 100 })
  const ask = (path: string) => send({ url: `https://localhost:${port}${path}`, method: 'GET', fields: {} })
  await ask('/a')
  // The rest comes while this thread is held up, and is not read before the next question.
  for (const until = performance.now() + 300; performance.now() < until; );
  const answers = await Promise.all([ask('/b'), ask('/c')])
  expect(answers.map(({ octets }) => octets.toString())).toEqual(['/b', '/c'])
  await worker.terminate()
})

it('whoever waits for a connection waits no longer than it was told, and keeps nobody else waiting', async () => {
  const ask = open(500)
  const waits = await Promise.allSettled([ask('/silence'), ask('/a'), ask('/b')])
  expect(waits.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(seen).toEqual(['/silence'])
  expect((await ask('/c')).octets.toString()).toBe('/c')
})

/** A server that says something more a moment after its answer to `/a`. */
const TALKATIVE = `
const { parentPort, workerData } = require('node:worker_threads')
const server = require('node:https').createServer(workerData, ({ socket, url }, response) => {
  response.end(url)
  const more = 'HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\nanother!!'
  if (url === '/a') setTimeout(() => socket.write(more), 20)
})
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
`
