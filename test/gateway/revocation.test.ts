import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { BANK, ROUTES, startGateway } from '../support/gateway.ts'
import { athOf } from '../support/proof.ts'
import { callOn, openHttp2, openTls } from '../support/wire-client.ts'
import { written } from '../support/wire-pki.ts'
import { credentials, HOST, nowSeconds, token } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

/** Each test has its own subject and client. */
let who: { sub: string; client_id: string }
let count = 0

const { gateway, upstream, stop } = await startWithUpstream({
  issuers: { bank: { ...BANK, max_token_lifetime: '1h' } },
  routes: ROUTES,
})
afterAll(stop)

beforeEach(() => {
  who = { sub: `customer-${++count}`, client_id: `tpp-${count}` }
})

/** A request to the admin address, with any fields. */
function admin(
  method: string,
  path: string,
  { body = '', fields = {} }: { body?: object | string; fields?: Record<string, string> } = {},
): Promise<{ status: number; json: Record<string, unknown>; text: string }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...fields,
    }
    const outgoing = request({ port: gateway.admin, host: '127.0.0.1', method, path, headers, agent: false })
    outgoing.on('error', reject)
    outgoing.on('response', async (response) => {
      let answer = ''
      for await (const chunk of response.setEncoding('utf8')) answer += chunk
      const isJson = response.headers['content-type'] === 'application/json'
      resolve({ status: response.statusCode ?? 0, json: isJson ? JSON.parse(answer) : {}, text: answer })
    })
    outgoing.end(text)
  })
}

const revoke = (body: object) => admin('POST', '/revocations', { body })

async function codeOf(accessToken: string): Promise<string> {
  const answer = await gateway.call({ path: '/accounts', fields: credentials('/accounts', { accessToken }) })
  return answer.code ?? String(answer.status)
}

describe('POST /revocations', () => {
  it('is seen by the very next request on a connection that was open before, HTTP/1.1 and HTTP/2', async () => {
    const accessToken = token({ claims: { ...who, jti: 'stolen' } })
    const socket = await openTls(gateway.port)
    const session = await openHttp2(gateway.port)
    const fields = () => credentials('/accounts', { accessToken })
    const h2 = async () => (await callOn(session, { path: '/accounts', fields: fields() })).status
    const h1 = async () => {
      const [, authorization, , proof] = fields()
      socket.write(
        `GET /accounts HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: ${authorization}\r\nDPoP: ${proof}\r\n\r\n`,
      )
      const [chunk] = await once(socket, 'data')
      return Number(/^HTTP\/1\.1 (\d{3})/.exec(String(chunk))?.[1])
    }
    expect([await h1(), await h2()]).toEqual([200, 200])
    expect((await revoke({ issuer: BANK.issuer, jti: 'stolen' })).status).toBe(201)
    expect([await h1(), await h2()]).toEqual([401, 401])
    socket.destroy()
    session.close()
  })

  it('revokes by hash, jti, sub and client_id', async () => {
    for (const entry of [
      (accessToken: string) => ({ token_hash: athOf(accessToken) }),
      () => ({ issuer: BANK.issuer, jti: `j-${who.sub}` }),
      () => ({ issuer: BANK.issuer, sub: who.sub }),
      () => ({ issuer: BANK.issuer, client_id: who.client_id }),
    ]) {
      who = { sub: `customer-${++count}`, client_id: `tpp-${count}` }
      const accessToken = token({ claims: { ...who, jti: `j-${who.sub}` } })
      expect(await codeOf(accessToken)).toBe('200')
      expect((await revoke(entry(accessToken))).status).toBe(201)
      expect(await codeOf(accessToken)).toBe('TOKEN_REVOKED')
    }
    expect(await gateway.metrics()).toMatch(/holdfast_revocation_hits_total\{by="client_id"\} 1/)
  })

  it('leaves tokens alone that are issued later, and tells until when it holds', async () => {
    const now = nowSeconds()
    const { json } = await revoke({ issuer: BANK.issuer, sub: who.sub, issued_before: now - 60 })
    expect(json).toMatchObject({ issuer: BANK.issuer, sub: who.sub, issued_before: now - 60 })
    expect(json['until']).toBeGreaterThanOrEqual(now + 3600)
    for (const ago of [90, 59.5])
      expect(await codeOf(token({ claims: { ...who, iat: now - ago } }))).toBe('TOKEN_REVOKED')
    expect(await codeOf(token({ claims: { ...who, iat: now - 30 } }))).toBe('200')
  })

  it('is forgotten when the last token that it can hit has expired', async () => {
    const until = nowSeconds() + 5
    await revoke({ issuer: BANK.issuer, jti: `brief-${count}`, until })
    const listed = async () => (await admin('GET', '/revocations')).text.includes(`brief-${count}`)
    expect(await listed()).toBe(true)
    await expect.poll(listed).toBe(false)
  })

  it('says everything that is wrong with an entry, and makes none', async () => {
    const before = (await admin('GET', '/revocations')).text
    const { status, json } = await revoke({ issuer: 'https://typo.example', jti: 7, reason: 'stolen' })
    expect(status).toBe(400)
    expect(json['problems']).toHaveLength(3)
    expect((await admin('POST', '/revocations', { body: 'x'.repeat(20_000) })).status).toBe(413)
    expect((await admin('PUT', '/revocations')).status).toBe(405)
    expect((await admin('GET', '/revocations')).text).toBe(before)
  })
})

describe('DELETE /revocations', () => {
  it('takes back what was revoked by mistake, and says where there was nothing', async () => {
    const accessToken = token({ claims: who })
    const entry = { issuer: BANK.issuer, client_id: who.client_id }
    const { json } = await revoke(entry)
    expect(await codeOf(accessToken)).toBe('TOKEN_REVOKED')
    expect(await admin('DELETE', '/revocations', { body: entry })).toMatchObject({ status: 200, json })
    expect(await codeOf(accessToken)).toBe('200')
    expect((await admin('DELETE', '/revocations', { body: entry })).status).toBe(404)
    expect((await admin('DELETE', '/revocations')).status).toBe(400)
    expect((await gateway.line(({ msg }) => msg === 'no longer revoked'))['client_id']).toBe(who.client_id)
  })
})

describe('revocations_file', () => {
  it('revokes from the start on, and is read anew at each reload; what was posted stays', async () => {
    const file = await written(JSON.stringify([{ issuer: BANK.issuer, jti: 'kept' }]))
    const other = await startGateway({
      revocations_file: file,
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: ROUTES,
    })
    const answerTo = async (jti: string) => {
      const accessToken = token({ claims: { jti } })
      const answer = await other.call({
        path: '/accounts',
        fields: credentials('/accounts', { accessToken }),
      })
      return answer.code ?? answer.status
    }
    const at = `http://127.0.0.1:${other.admin}`
    const reload = async () => {
      const answer = await fetch(`${at}/reload`, { method: 'POST' })
      return [answer.status, await answer.text()] as const
    }
    expect(await answerTo('kept')).toBe('TOKEN_REVOKED')
    expect(await answerTo('later')).toBe(200)
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ issuer: BANK.issuer, jti: 'posted' })
    expect((await fetch(`${at}/revocations`, { method: 'POST', headers, body })).status).toBe(201)

    await writeFile(file, JSON.stringify([{ issuer: BANK.issuer, jti: 'later' }]))
    expect((await reload())[0]).toBe(200)
    expect([await answerTo('kept'), await answerTo('later'), await answerTo('posted')]).toEqual([
      200,
      'TOKEN_REVOKED',
      'TOKEN_REVOKED',
    ])
    expect(await (await fetch(`${at}/revocations`)).json()).toMatchObject({
      revocations: [{ jti: 'posted' }],
      revocations_file: [{ issuer: BANK.issuer, jti: 'later' }],
    })

    await writeFile(
      file,
      JSON.stringify([
        { issuer: BANK.issuer, jti: 'x' },
        { issuer: BANK.issuer, sub: 's' },
      ]),
    )
    const [status, text] = await reload()
    expect(status).toBe(422)
    expect(text).toContain(
      'revocations_file: expected a JSON list of what is revoked, of at most 100000 entries, found one whose entry 2 is wrong: issued_before is missing',
    )
    await writeFile(file, `[{"issuer":"${BANK.issuer}","jti":"x","jti":"y"}]`)
    expect((await reload())[1]).toContain('found JSON that names a member twice')
    await writeFile(file, '{}')
    expect((await reload())[1]).toContain('found a file with something else')
    expect(await answerTo('later')).toBe('TOKEN_REVOKED')
    await other.stop()
  })
})

describe('an issuer that stands for its tenants', () => {
  it('has the tokens of a tenant revoked by the issuer that stands in them, as no token has the template', async () => {
    const template = 'https://as.bank.example/{tenantid}'
    const [one, another] = ['one', 'another'].map((tenant) => template.replace('{tenantid}', tenant))
    const ofTenants = await startGateway({
      issuers: { bank: { ...BANK, issuer: template, tenants: ['one', 'another'] } },
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: ROUTES,
    })
    const post = async (issuer: string | undefined) =>
      fetch(`http://127.0.0.1:${ofTenants.admin}/revocations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ issuer, sub: who.sub }),
      })
    const answerTo = async (tid: string) => {
      const accessToken = token({ claims: { ...who, iss: template.replace('{tenantid}', tid), tid } })
      const answer = await ofTenants.call({
        path: '/accounts',
        fields: credentials('/accounts', { accessToken }),
      })
      return answer.code ?? answer.status
    }
    expect(await (await post(template)).json()).toEqual({
      problems: [`issuer must be one of ${one}, ${another}`],
    })
    expect((await post(one)).status).toBe(201)
    expect([await answerTo('one'), await answerTo('another')]).toEqual(['TOKEN_REVOKED', 200])
    await ofTenants.stop()
  })
})

describe('the admin address', () => {
  const body = { issuer: BANK.issuer, jti: 'victim' }

  it('refuses what a web page can send: another name, an origin, a form', async () => {
    const statusOf = async (fields: Record<string, string>, path = '/revocations') =>
      (await admin('POST', path, { body, fields })).status
    expect(await statusOf({ host: `rebound.example:${gateway.admin}` })).toBe(421)
    expect(await statusOf({ origin: 'https://evil.example' })).toBe(403)
    expect(await statusOf({ origin: 'null' })).toBe(403)
    expect(await statusOf({ 'content-type': 'text/plain' })).toBe(415)
    expect((await admin('GET', '/metrics', { fields: { host: 'rebound.example' } })).status).toBe(421)
    expect((await admin('GET', '/revocations')).text).not.toContain('victim')
  })

  it('is called by its address, by localhost, and by nothing that only begins alike', async () => {
    const statusOf = async (host: string) => (await admin('GET', '/livez', { fields: { host } })).status
    expect(
      await Promise.all(['127.0.0.1', 'localhost:80', '[::1]:9', 'LOCALHOST', '10.0.0.7:9901'].map(statusOf)),
    ).toEqual(Array(5).fill(200))
    expect(
      await Promise.all(['localhost.evil.example', '127.0.0.1.evil.example', 'a b'].map(statusOf)),
    ).toEqual(Array(3).fill(421))
  })
})
