import { sign } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runVerifyAnswer } from '../../src/cli/verify-answer.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { needs, run } from '../support/wire-programs.ts'
import { credentials } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const pki = await pkiFolder()
const { gateway, stop } = await startWithUpstream(
  {
    listeners: [{ jwks_path: '/jwks.json' }],
    signing: [
      { key: join(pki, 'signing-key.pem'), key_id: 'gateway-2026', algorithm: 'ES256' },
      { key: join(pki, 'signing-key.pem'), key_id: 'another', algorithm: 'ES256' },
    ],
    signature_profiles: { answers: { request: 'off' } },
    routes: [
      { path: '/accounts', upstream: 'bank', require: { issuer: 'bank', signature: 'answers' } },
      { path: '/open', upstream: 'bank', require: { issuer: 'bank' } },
    ],
  },
  (_, response) => response.end('{"balance":"12.00"}'),
)
afterAll(stop)

/** What the command says of what curl wrote, against the real process. */
describe.skipIf(!needs('curl', '--version'))('holdfast verify-answer', () => {
  let count = 0

  beforeAll(async () => {
    await curl('/jwks.json', [], 'keys.json')
  })

  const file = (name: string) => join(pki, `verify-answer-${name}`)

  /** What curl wrote to standard error; the body is in the file. */
  async function curl(path: string, args: readonly string[], body: string): Promise<string> {
    const { code, stderr } = await run('curl', [
      ...['-sv', '-o', file(body), '--max-time', '60', '--cacert', join(pki, 'server-ca.pem')],
      ...['--connect-to', `api.bank.example:443:127.0.0.1:${gateway.port}`],
      ...args,
      `https://api.bank.example${path}`,
    ])
    expect(code).toBe(0)
    return stderr
  }

  /** Of an answer, and of what became of it where it was changed. */
  async function verify(exchange: string, more: readonly string[], keys = file('keys.json')) {
    const name = file(`exchange-${++count}`)
    writeFileSync(name, exchange, 'latin1')
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const code = await runVerifyAnswer([name, '--jwks', keys, ...more])
    const said = [...out.mock.calls, ...err.mock.calls].join('')
    vi.restoreAllMocks()
    return { code, said }
  }

  function proof(path: string): string[] {
    const [authorization, token, dpop, made] = credentials(path) as [string, string, string, string]
    return ['--header', `${authorization}: ${token}`, '--header', `${dpop}: ${made}`]
  }

  it.each(['--http1.1', '--http2'])('an answer of the upstream, and a refusal, %s', async (version) => {
    const given = await curl('/accounts?from=2026', [version, ...proof('/accounts')], 'body')
    expect(await verify(given, ['--body', file('body')])).toEqual({
      code: 0,
      said: expect.stringMatching(
        /^good: 200 to GET https:\/\/api\.bank\.example\/accounts\?from=2026; its body has the digest that is signed\n\w+: made 2\S+ with gateway-2026, ES256\n {2}covers @status .*dpop;req/,
      ),
    })
    const refused = await curl('/accounts', [version], 'refusal')
    expect(await verify(refused, ['--body', file('refusal')])).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^good: 401 to GET /),
    })
    const head = await curl('/accounts', [version, '--head'], 'nothing')
    expect(await verify(head, [])).toMatchObject({
      code: 0,
      said: expect.stringMatching(/; it has no body\n/),
    })
  })

  it('of several exchanges it is the last that counts', async () => {
    const first = await curl('/open', [], 'first')
    const second = await curl('/accounts', proof('/accounts'), 'second')
    expect(await verify(first + second, ['--body', file('second')])).toMatchObject({ code: 0 })
    expect(await verify(second + first, ['--body', file('first')])).toEqual({
      code: 1,
      said: 'bad: the answer is not signed.\n',
    })
    const unanswered = '> GET /open HTTP/1.1\r\n> Host: api.bank.example\r\n> \r\n'
    expect(await verify(second + unanswered, ['--body', file('second')])).toEqual({
      code: 2,
      said: expect.stringContaining('behind its last request'),
    })
  })

  describe('what was changed on the way', () => {
    let given: string

    beforeAll(async () => {
      given = await curl('/accounts', ['--http1.1', ...proof('/accounts')], 'whole')
    })

    it.each([
      ['the status', '< HTTP/1.1 200', '< HTTP/1.1 201'],
      ['the path of the request', '> GET /accounts ', '> GET /account '],
      ['a field of the request', '> dpop: e', '> dpop: f'],
      ['the host', '> Host: api.bank', '> Host: api.bunk'],
    ])('%s', async (_, before, after) => {
      expect(given).toContain(before)
      expect(await verify(given.replace(before, after), ['--body', file('whole')])).toEqual({
        code: 1,
        said: expect.stringMatching(/^bad: SIG_INVALID, /),
      })
    })

    it('the body', async () => {
      writeFileSync(file('other'), readFileSync(file('whole'), 'latin1').replace('12', '13'))
      expect(await verify(given, ['--body', file('other')])).toEqual({
        code: 1,
        said: 'bad: the body is not the one that was signed: its sha-256 differs.\n',
      })
    })

    it('the body, of which nothing is left', async () => {
      const empty = given.replace(/content-length: \d+/i, 'content-length: 0')
      expect(empty).not.toBe(given)
      expect(await verify(empty, [])).toEqual({
        code: 1,
        said: 'bad: the body is not the one that was signed: its sha-256 differs.\n',
      })
    })

    it('the body, of which nothing is left, where its digest is by an algorithm that does not count', async () => {
      const digest = 'md5=:AAAAAAAAAAAAAAAAAAAAAA==:'
      const params = '("@status" "content-digest");created=1790000000;keyid="gateway-2026"'
      const base = `"@status": 200\n"content-digest": ${digest}\n"@signature-params": ${params}`
      const key = readFileSync(join(pki, 'signing-key.pem'))
      const made = sign('sha256', Buffer.from(base), { key, dsaEncoding: 'ieee-p1363' }).toString('base64')
      const lines = [
        ...['> GET /accounts HTTP/1.1', '> Host: api.bank.example', '< HTTP/1.1 200', '< Content-Length: 0'],
        `< Content-Digest: ${digest}`,
        ...[`< Signature-Input: sig1=${params}`, `< Signature: sig1=:${made}:`],
      ]
      expect(await verify(lines.join('\n'), [])).toEqual({
        code: 1,
        said: 'bad: Content-Digest has no algorithm that counts.\n',
      })
    })

    it('the digest is not covered, and there is a body', async () => {
      const bare = given.replace('"content-digest" ', '').replace(' "content-digest"', '')
      expect(await verify(bare, ['--body', file('whole')])).toMatchObject({ code: 1 })
    })

    it('the key is not in the set', async () => {
      const keys = JSON.parse(readFileSync(file('keys.json'), 'utf8'))
      keys.keys = keys.keys.filter(({ kid }: { kid: string }) => kid !== 'gateway-2026')
      writeFileSync(file('others.json'), JSON.stringify(keys))
      expect(await verify(given, ['--body', file('whole')], file('others.json'))).toEqual({
        code: 1,
        said: expect.stringMatching(
          /^bad: it is signed with a key that the set does not have: .*keyid="gateway-2026"/,
        ),
      })
    })
  })

  it.each([
    ['no body', [], /--body is missing: /],
    ['a body that is not there', ['--body', '/nowhere'], /--body cannot be read: ENOENT/],
    ['an option that there is not', ['--bdy', 'x'], /there is no option --bdy; did you mean `--body`/],
    ['two files', ['another'], /name one file, /],
  ])('%s', async (_, more, says) => {
    const given = await curl('/accounts', [], 'refused')
    expect(await verify(given, more)).toEqual({ code: 2, said: expect.stringMatching(says) })
  })

  it('a file that curl did not write, keys that are none, help', async () => {
    expect(await verify('GET / HTTP/1.1', [])).toMatchObject({
      code: 2,
      said: expect.stringContaining('“> GET'),
    })
    expect(await verify('> GET / HTTP/1.1\n> Host: a\n', [])).toMatchObject({
      code: 2,
      said: expect.stringContaining('“< HTTP/1.1'),
    })
    writeFileSync(file('none.json'), '{"keys":[]}')
    expect(await verify('', [], file('none.json'))).toMatchObject({
      code: 2,
      said: expect.stringContaining('is no JWK set'),
    })
    expect(await verify('', ['--help'])).toMatchObject({ code: 0, said: expect.stringContaining('curl -sv') })
  })
})
