import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentFetcher } from '../../../src/services/http/document.ts'
import { pkiFolder } from '../../support/wire-pki.ts'

let server: Server
let origin: string
let ca: string

beforeAll(async () => {
  const pki = await pkiFolder()
  const read = (name: string) => readFileSync(join(pki, name), 'utf8')
  ca = read('server-ca.pem')
  server = createServer({ cert: read('server.pem'), key: read('server-key.pem') }, (request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/ok' }).end()
    else response.end(request.url === '/large' ? 'x'.repeat(2000) : String(request.headers.accept))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.close()
  server.closeAllConnections()
})

describe('documentFetcher', () => {
  const fetchText = async (path: string) =>
    (await documentFetcher({ ca, accept: 'text/x', largest: 1000 })(origin + path)).octets.toString()

  it('fetches over TLS with its Accept field', async () => {
    expect(await fetchText('/ok')).toBe('text/x')
  })

  it('follows no redirect, takes no more than it was told, and names the URL', async () => {
    await expect(fetchText('/moved')).rejects.toThrow(`${origin}/moved answered 302`)
    await expect(fetchText('/large')).rejects.toThrow(`${origin}/large gave no answer: `)
  })

  it('trusts only its CA, and nothing that is not https', async () => {
    const stranger = documentFetcher({ ca: undefined, accept: '*/*', largest: 1000 })
    await expect(stranger(`${origin}/ok`)).rejects.toThrow(`${origin}/ok gave no answer: `)
    await expect(stranger('http://127.0.0.1:1/')).rejects.toThrow('not an https URL')
  })
})
