import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { DENIAL_CASES, startDenialGateway } from '../gateway/denial-config.ts'
import type { TestGateway } from '../support/gateway.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { secretsOf } from '../support/wire-secrets.ts'
import { signedFields } from '../support/wire-signature.ts'
import { credentials, token } from '../support/wire-tokens.ts'

const NONCES = 'a-very-long-secret-that-nonces-are-made-with'
const PRIVATE = ['private-query-value', 'private-cookie-value', 'private-body-value']
const LITTLE = token({ claims: { scope: 'none' } })

const more = (path: string, changes: object) => ({
  path,
  upstream: 'bank',
  require: { issuer: 'bank', scope: 'accounts' },
  ...changes,
})
const { gateway, upstream, stop } = await startDenialGateway((config, url) => ({
  log: { level: 'debug' },
  admin: { bind: '127.0.0.1:0', refusals: 10_000 },
  dpop_nonce: { secret: NONCES },
  upstreams: {
    ...config.upstreams,
    told: { url, identity: 'jwt', signature: {} },
  },
  routes: [
    ...config.routes,
    more('/watched', { enforce: 'shadow' }),
    more('/told', { upstream: 'told' }),
    more('/nonces', { require: { issuer: 'bank', dpop: { nonce: 'required' } } }),
  ],
}))
afterAll(stop)

/** Whatever is asked, passes or is refused, no credential of it and no key of ours is in anything that is written or forwarded. */
describe('of every request that there is, and all that a run of it has written', { timeout: 120_000 }, () => {
  const used = new Set<string>()

  it('there is no token, no proof, no signature of one, and no key', async () => {
    const send = async (wire: Parameters<TestGateway['call']>[0]) => {
      for (const secret of secretsOf(wire.fields ?? [])) used.add(secret)
      return gateway.call(wire)
    }
    for (const version of ['1.1', '2'] as const) {
      for (const { request } of DENIAL_CASES) await send({ ...(await request()), version }).catch(() => {})
      for (const [path, accessToken] of [
        ['/accounts', token()],
        ['/told', token()],
        ['/watched', LITTLE],
      ] as const) {
        const fields = [...credentials(path, { method: 'POST', accessToken }), 'cookie', `a=${PRIVATE[1]}`]
        const call = { version, method: 'POST', path: `${path}?q=${PRIVATE[0]}`, fields, body: PRIVATE[2]! }
        for (const expected of path === '/watched' ? [200, 200] : [200, 401])
          expect((await send(call)).status).toBe(expected)
      }
      expect((await send({ version, path: '/nonces', fields: credentials('/nonces') })).code).toBe(
        'DPOP_NONCE',
      )
      expect((await send({ version, path: '/signed', fields: signedFields() })).status).toBe(200)
      await send({ version, path: `/accounts?access_token=${token()}`, fields: [] })
    }
    const asked = async (path: string) => (await fetch(`http://127.0.0.1:${gateway.admin}${path}`)).text()
    const admin = await Promise.all(['/metrics', '/refusals', '/keys', '/jwks'].map(asked))
    const { refusals } = JSON.parse(admin[1]!) as { refusals: { interaction_id: string }[] }
    for (const { interaction_id: id } of refusals) admin.push(await asked(`/refusals/${id}`))
    await gateway.stop()

    const written = [JSON.stringify(gateway.lines()), gateway.stderr(), ...admin].join('\n')
    const forwarded = upstream.seen
      .map(({ target, fields, body }) => `${target} ${fields.join(' ')} ${body}`)
      .join('\n')
    expect(used.size).toBeGreaterThan(300)
    expect(refusals.length).toBeGreaterThan(100)
    for (const secret of used) for (const text of [written, forwarded]) expect(found(text, secret)).toBeNull()
    const ours = [NONCES, ...PRIVATE, ...(await privateKeys()), LITTLE]
    for (const secret of ours) expect(found(written, secret)).toBeNull()
  })
})

/** Where it stands, with what is around it; so that a failure does not print all of the text. */
function found(text: string, secret: string): string | null {
  const at = text.indexOf(secret)
  return at < 0 ? null : text.slice(Math.max(0, at - 80), at + 40)
}

/** A line out of the middle of each. */
async function privateKeys(): Promise<string[]> {
  const pki = await pkiFolder()
  return Promise.all(
    ['signing-key.pem', 'server-key.pem'].map(
      async (name) => (await readFile(join(pki, name), 'utf8')).split('\n')[1] as string,
    ),
  )
}
