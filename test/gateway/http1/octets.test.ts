import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { ROUTES } from '../../support/gateway.ts'
import { statusesIn, UNTIL_CLOSED } from '../../support/wire-client.ts'
import { credentials } from '../../support/wire-tokens.ts'
import { startWithUpstream } from '../../support/with-upstream.ts'

const HEAD = 'Host: api.bank.example\r\n'
/** What a smuggler hides behind another request: it must never be read as one of its own. */
const SMUGGLED = `GET /status/smuggled HTTP/1.1\r\n${HEAD}\r\n`

/** What is sent, what is answered, and how many requests reach the upstream. */
const CASES: readonly (readonly [string, string, readonly number[], number])[] = [
  ['origin-form', `GET /status HTTP/1.1\r\n${HEAD}\r\n`, [200], 1],
  ['absolute-form', `GET https://api.bank.example/status HTTP/1.1\r\n${HEAD}\r\n`, [200], 1],
  ['absolute-form, another host', `GET https://evil.example/status HTTP/1.1\r\n${HEAD}\r\n`, [400], 0],
  [
    'absolute-form, Host differs',
    'GET https://api.bank.example/status HTTP/1.1\r\nHost: evil.example\r\n\r\n',
    [400],
    0,
  ],
  ['absolute-form, foreign twice', 'GET https://e.example/ HTTP/1.1\r\nHost: e.example\r\n\r\n', [421], 0],
  ['absolute-form, http', `GET http://api.bank.example/status HTTP/1.1\r\n${HEAD}\r\n`, [400], 0],
  ['absolute-form, userinfo', `GET https://a@api.bank.example/status HTTP/1.1\r\n${HEAD}\r\n`, [400], 0],
  ['absolute-form, no Host', 'GET https://api.bank.example/status HTTP/1.1\r\n\r\n', [400], 0],
  ['no Host', 'GET /status HTTP/1.1\r\n\r\n', [400], 0],
  ['an empty Host', 'GET /status HTTP/1.1\r\nHost:\r\n\r\n', [400], 0],
  ['two Hosts, alike', `GET /status HTTP/1.1\r\n${HEAD}${HEAD}\r\n`, [400], 0],
  ['two Hosts in one', 'GET /status HTTP/1.1\r\nHost: api.bank.example, api.bank.example\r\n\r\n', [400], 0],
  [
    'Host with the default port, shouted',
    'GET /status HTTP/1.1\r\nHost: API.BANK.EXAMPLE:443\r\n\r\n',
    [200],
    1,
  ],
  ['Host with another port', 'GET /status HTTP/1.1\r\nHost: api.bank.example:8443\r\n\r\n', [421], 0],
  ['a trailing dot', 'GET /status HTTP/1.1\r\nHost: api.bank.example.\r\n\r\n', [421], 0],
  ['HTTP/1.0', `GET /status HTTP/1.0\r\n${HEAD}\r\n`, [200], 1],
  [
    'HTTP/1.0 with chunks',
    `POST /status HTTP/1.0\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    [400],
    0,
  ],
  ['HTTP/1.0 without Host', 'GET /status HTTP/1.0\r\n\r\n', [400], 0],
  ['HTTP/0.9', 'GET /status\r\n\r\n', [400], 0],
  ['HTTP/2.0 in words', `GET /status HTTP/2.0\r\n${HEAD}\r\n`, [400], 0],
  ['HTTP/0.9 in words', `GET /status HTTP/0.9\r\n${HEAD}\r\n`, [400], 0],
  ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${HEAD}\r\n`, [204], 0],
  ['GET *', `GET * HTTP/1.1\r\n${HEAD}\r\n`, [400], 0],
  ['TRACE', `TRACE /status HTTP/1.1\r\n${HEAD}\r\n`, [405], 0],
  ['a method in lower case', `delete /status HTTP/1.1\r\n${HEAD}\r\n`, [405], 0],
  [
    'an upgrade to cleartext HTTP/2',
    `GET /status HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`,
    [200],
    1,
  ],
  [
    'length and chunks',
    `POST /status HTTP/1.1\r\n${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    [400],
    0,
  ],
  [
    'chunks twice',
    `POST /status HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    [400],
    0,
  ],
  [
    'a coding after chunked',
    `POST /status HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    [400],
    0,
  ],
  [
    'two lengths, alike',
    `POST /status HTTP/1.1\r\n${HEAD}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`,
    [400],
    0,
  ],
  ['a signed length', `POST /status HTTP/1.1\r\n${HEAD}Content-Length: +1\r\n\r\nx`, [400], 0],
  ['a list of lengths', `POST /status HTTP/1.1\r\n${HEAD}Content-Length: 1, 1\r\n\r\nx`, [400], 0],
  ['a folded field', `GET /status HTTP/1.1\r\n${HEAD}X-A: 1\r\n 2\r\n\r\n`, [400], 0],
  ['a space before the colon', `GET /status HTTP/1.1\r\n${HEAD}X-A : 1\r\n\r\n`, [400], 0],
  ['bare line feeds', `GET /status HTTP/1.1\nHost: api.bank.example\n\n`, [400], 0],
  ['a bare carriage return', `GET /status HTTP/1.1\r\n${HEAD}X-A: 1\rX-B: 2\r\n\r\n`, [400], 0],
  ['a zero octet', `GET /status HTTP/1.1\r\n${HEAD}X-A: 1\0\r\n\r\n`, [400], 0],
  ['a fragment', `GET /status#x HTTP/1.1\r\n${HEAD}\r\n`, [400], 0],
  ['a raw octet in the path', `GET /status/\xe9 HTTP/1.1\r\n${HEAD}\r\n`, [400], 0],
  [
    'two requests in a row',
    `GET /status HTTP/1.1\r\n${HEAD}\r\nGET /status HTTP/1.1\r\n${HEAD}\r\n`,
    [200, 200],
    2,
  ],
  ['a good one, then a broken one', `GET /status HTTP/1.1\r\n${HEAD}\r\nGET / x\r\n\r\n`, [200, 400], 1],
  ['a broken one, then a good one', `GET / x\r\n\r\nGET /status HTTP/1.1\r\n${HEAD}\r\n`, [400], 0],
  ['empty lines ahead of a request', `\r\n\r\nGET /status HTTP/1.1\r\n${HEAD}\r\n`, [200], 1],
  ['a line feed ahead of a request', `\nGET /status HTTP/1.1\r\n${HEAD}\r\n`, [400], 0],
  ['two spaces in the first line', `GET  /status HTTP/1.1\r\n${HEAD}\r\n`, [400], 0],
  ['a space behind the first line', `GET /status HTTP/1.1 \r\n${HEAD}\r\n`, [400], 0],
  ['a field without a name', `GET /status HTTP/1.1\r\n${HEAD}: x\r\n\r\n`, [400], 0],
  ['a line without a colon', `GET /status HTTP/1.1\r\n${HEAD}X-A\r\n\r\n`, [400], 0],
  ['a length with a zero ahead', `POST /status HTTP/1.1\r\n${HEAD}Content-Length: 01\r\n\r\nx`, [400], 0],
  [
    'chunked with a tab behind it',
    `POST /status HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n`,
    [400],
    0,
  ],
  [
    'a length among the trailers',
    `POST /status HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 3\r\n\r\n`,
    [400],
    0,
  ],
  [
    'a body, then a request',
    `POST /status HTTP/1.1\r\n${HEAD}Content-Length: 3\r\n\r\nabcGET /status HTTP/1.1\r\n${HEAD}\r\n`,
    [200, 200],
    2,
  ],
  [
    'chunks, then a request',
    `POST /status HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /status HTTP/1.1\r\n${HEAD}\r\n`,
    [200, 200],
    2,
  ],
  [
    'a last one, then another',
    `GET /status HTTP/1.1\r\n${HEAD}Connection: x, Close\r\n\r\n${SMUGGLED}`,
    [200],
    1,
  ],
  [
    'HTTP/1.0, then another',
    `GET /status HTTP/1.0\r\n${HEAD}Connection: keep-alive\r\n\r\n${SMUGGLED}`,
    [200],
    1,
  ],
  [
    'an upgrade, then another',
    `GET /status HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: x\r\n\r\nGET /status HTTP/1.1\r\n${HEAD}\r\n`,
    [200, 200],
    2,
  ],
  [
    'a refused one that hides another',
    `POST /accounts HTTP/1.1\r\n${HEAD}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    [401],
    0,
  ],
  [
    'a refused one with chunks',
    `POST /accounts HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    [401],
    0,
  ],
  ['a refused one and a pipelined one', `GET /accounts HTTP/1.1\r\n${HEAD}\r\n${SMUGGLED}`, [401, 200], 1],
]

const { gateway, upstream, stop } = await startWithUpstream({ routes: ROUTES })
afterAll(stop)

describe('HTTP/1.1, octet for octet', () => {
  afterEach(() => void upstream.news())

  it.each(CASES)('%s', async (_, octets, statuses, passed) => {
    const { text } = await gateway.raw(octets, { quiet: 100, answers: statuses.length })
    expect(statusesIn(text)).toEqual(statuses)
    expect(upstream.news()).toHaveLength(passed)
  })

  it('a chunk size past all bounds ends the request half way', async () => {
    const head = `POST /status HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n`
    const { text, closed } = await gateway.raw(`${head}1\r\nx\r\nfffffffffffffffff\r\n`, {
      quiet: UNTIL_CLOSED,
    })
    expect([statusesIn(text), closed]).toEqual([[400], true])
  })

  it('chunk extensions are not passed on, and those past all bounds end the request', async () => {
    const head = `POST /status HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n`
    expect(statusesIn((await gateway.raw(`${head}1;a=b\r\nx\r\n0\r\n\r\n`, { quiet: 100 })).text)).toEqual([
      200,
    ])
    expect(upstream.news().map(({ body }) => body.toString())).toEqual(['x'])
    const { text, closed } = await gateway.raw(`${head}1;${'x'.repeat(20_000)}\r\nx\r\n0\r\n\r\n`, {
      quiet: UNTIL_CLOSED,
    })
    expect([statusesIn(text), closed]).toEqual([[400], true])
  })

  it('the upstream is spoken to in our version, whatever the client speaks', async () => {
    for (const version of ['1.0', '1.1'])
      await gateway.raw(`GET /status HTTP/${version}\r\n${HEAD}\r\n`, { quiet: 100 })
    const news = upstream.news()
    expect(news.map((seen) => seen.version)).toEqual(['1.1', '1.1'])
    // In which version it came is said to it (RFC 9110 §7.6.3).
    expect(news.map((seen) => seen.all('via')[0]?.split(' ')[0])).toEqual(['1.0', '1.1'])
  })

  it('CONNECT opens no tunnel', async () => {
    const { text, closed } = await gateway.raw(`CONNECT api.bank.example:443 HTTP/1.1\r\n${HEAD}\r\n`, {
      quiet: UNTIL_CLOSED,
    })
    expect([statusesIn(text).filter((status) => status < 400), closed]).toEqual([[], true])
    expect(upstream.news()).toEqual([])
  })

  it.each([
    ...['/status/../accounts', '/status/%2e%2e/accounts', '/status/.%2E/accounts', '/status/..;/accounts'],
    ...['//accounts', '/status//x', '/%2faccounts', '/status%2faccounts', '/status%5c..', '/status\\x'],
    ...['/accounts%00', '/accounts%0a', '/accounts;x', '/status/%252e%252e/accounts', '/./accounts', '/%zz'],
    ...['/status/x%3Bv', '/status/x%3fv', '/status/x%23v', '/status/%2561ccounts'],
  ])('the path %s is refused, not repaired', async (path) => {
    const { text } = await gateway.raw(`GET ${path} HTTP/1.1\r\n${HEAD}\r\n`, { quiet: 60 })
    expect(statusesIn(text)).toEqual([400])
    expect(upstream.news()).toEqual([])
  })

  it.each([
    '/%61ccounts',
    '/accounts/%78',
    '/%41ccounts',
    '/accounts%2Dx',
    '/Accounts',
    '/accounts/',
    '/status%20',
  ])('nobody gets past the rules by writing the path as %s', async (path) => {
    const { text } = await gateway.raw(`GET ${path} HTTP/1.1\r\n${HEAD}\r\n`, { quiet: 60 })
    expect([401, 404]).toContain(statusesIn(text)[0])
    expect(upstream.news()).toEqual([])
  })

  it('an encoded path that is proved goes on as it came', async () => {
    const { status } = await gateway.call({ path: '/%61ccounts', fields: credentials('/accounts') })
    expect([status, upstream.news().map(({ target }) => target)]).toEqual([200, ['/%61ccounts']])
  })

  it('and nothing of it is left under way', async () => {
    await expect.poll(() => gateway.metrics()).toContain('\nholdfast_in_flight 0\n')
  })
})
