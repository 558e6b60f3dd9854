import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { NonceMint } from '../../src/verify/dpop/nonce.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { athOf } from '../support/proof.ts'
import { pkiFolder, written } from '../support/wire-pki.ts'
import { hasRedis, knowingSince, startRedis, type TestRedis } from '../support/wire-redis.ts'
import { nowSeconds, ORIGIN, proof, token } from '../support/wire-tokens.ts'
import { freePort, type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

const SECRET = 'a-secret-that-all-replicas-of-this-test-share'
const accessToken = token()
const gateways: TestGateway[] = []
let upstream: RecordingUpstream
let redis: TestRedis

describe.skipIf(!hasRedis())('replicas with one Redis', () => {
  beforeAll(async () => {
    upstream = await startUpstream()
    redis = await startRedis()
    await known(redis)
  })
  afterEach(async () => {
    await Promise.all(gateways.splice(0).map((each) => each.stop()))
  })
  afterAll(async () => {
    await upstream.close()
    await redis.stop()
  })

  it('admit a proof once, whichever of them it is shown to, and however often at once', async () => {
    const replicas = [await aReplica(), await aReplica()] as const
    for (let round = 0; round < 20; round++) {
      const arrived = upstream.seen.length
      const dpop = made('/off')
      const answers = await Promise.all([0, 1, 0, 1].map((each) => send(replicas[each]!, '/off', dpop)))
      expect(answers.map(({ status, code }) => code ?? status).sort()).toEqual([
        200,
        'DPOP_REPLAYED',
        'DPOP_REPLAYED',
        'DPOP_REPLAYED',
      ])
      expect(upstream.seen.length).toBe(arrived + 1)
    }
  })

  it('take the nonces of each other', async () => {
    const [one, other] = [await aReplica(), await aReplica()]
    const nonce = (await send(one, '/required', made('/required'))).all('dpop-nonce')[0]
    expect((await send(other, '/required', made('/required', { nonce }))).status).toBe(200)
  })

  it('judge a proof by a nonce that it carries also where they ask for none: another may have spent it by that', async () => {
    const replica = await aReplica()
    const mint = new NonceMint([SECRET])
    const old = await send(replica, '/off', made('/off', { nonce: mint.issue(nowSeconds() - 61) }))
    expect(old.code).toBe('DPOP_NONCE')
    const dpop = made('/off', { nonce: old.all('dpop-nonce')[0] })
    expect((await send(replica, '/off', dpop)).status).toBe(200)
    expect((await send(replica, '/off', dpop)).code).toBe('DPOP_REPLAYED')
    expect((await send(replica, '/off', made('/off', { nonce: 'of somebody else' }))).status).toBe(200)
  })

  it('know after a start what was spent before it, and ask nobody for a nonce', async () => {
    const before = await aReplica()
    const dpop = made('/off')
    expect((await send(before, '/off', dpop)).status).toBe(200)
    await before.stop()
    gateways.pop()
    const after = await aReplica()
    expect((await send(after, '/off', dpop)).code).toBe('DPOP_REPLAYED')
    expect((await send(after, '/off', made('/off'))).status).toBe(200)
  })

  it('refuse what was revoked at another, those that start later as well, until it is taken back', async () => {
    const [one, other] = [await aReplica(), await aReplica()]
    const revoked = token()
    expect(await status(other, revoked)).toBe(200)
    expect((await revocation(one, 'POST', { token_hash: athOf(revoked) })).status).toBe(201)
    await expect.poll(() => status(other, revoked)).toBe('TOKEN_REVOKED')
    const later = await aReplica()
    await settledIn(later)
    expect(await status(later, revoked)).toBe('TOKEN_REVOKED')
    expect(await later.metrics()).toMatch(/^holdfast_revocation_entries [1-9]/m)
    expect((await revocation(other, 'DELETE', { token_hash: athOf(revoked) })).status).toBe(200)
    for (const each of [one, other, later]) await expect.poll(() => status(each, revoked)).toBe(200)
  })

  it('hold the same of what is taken back and revoked otherwise within a second', async () => {
    const [one, other] = [await aReplica(), await aReplica()]
    const entry = { issuer: 'https://as.bank.example', sub: 'customer-7' }
    const held = async ({ admin }: TestGateway) => {
      const answer = await fetch(`http://127.0.0.1:${admin}/revocations`)
      const { revocations } = (await answer.json()) as { revocations: Record<string, unknown>[] }
      return revocations.find(({ sub }) => sub === entry.sub)?.['issued_before']
    }
    await revocation(one, 'POST', entry)
    await expect.poll(() => held(other)).toBeDefined()
    await revocation(one, 'DELETE', entry)
    const earlier = nowSeconds() - 3_600
    await revocation(one, 'POST', { ...entry, issued_before: earlier })
    for (const each of [one, other]) await expect.poll(() => held(each)).toBe(earlier)
  })

  it('say that the others do not know of a revocation yet, and tell them as soon as they can', async () => {
    const [one, other] = [await aReplica(), await aReplica()]
    const revoked = token()
    await redis.kill()
    const answer = await revocation(one, 'POST', { token_hash: athOf(revoked) })
    expect([answer.status, await answer.json()]).toEqual([
      202,
      expect.objectContaining({ replicas: expect.stringContaining('told as soon as') }),
    ])
    expect(await one.metrics()).toMatch(/^holdfast_revocations_failing 1$/m)
    await redis.start()
    await known(redis)
    for (const each of [one, other]) await expect.poll(() => status(each, revoked)).toBe('TOKEN_REVOKED')
    expect(await one.metrics()).toMatch(/^holdfast_revocations_failing 0$/m)
  })

  it('refuse proofs while it is down, let through what needs none, and say so', async () => {
    const replica = await aReplica()
    const arrived = upstream.seen.length
    await redis.kill()
    await replica.line(({ msg }) => msg === 'replay.redis: proofs are refused until it can be asked')
    const refused = await send(replica, '/off', made('/off'))
    expect([refused.status, refused.code]).toEqual([503, 'LEDGER_UNREADY'])
    expect(refused.all('retry-after')).toHaveLength(1)
    const told = await replica.line(({ code }) => code === 'LEDGER_UNREADY')
    expect(told['detail']).toMatch(/ECONNREFUSED|Socket closed/)
    expect(upstream.seen.length).toBe(arrived)
    expect((await replica.call({ path: '/open' })).status).toBe(200)
    expect((await fetch(`http://127.0.0.1:${replica.admin}/readyz`)).status).toBe(200)
    expect(await replica.metrics()).toMatch(/^holdfast_redis_failing 1$/m)
    await redis.start()
    await replica.line(({ msg }) => msg === 'replay.redis: it can be asked; proofs are judged')
    await known(redis)
    await expect.poll(async () => (await send(replica, '/off', made('/off'))).status).toBe(200)
    const metrics = await replica.metrics()
    expect(metrics).toMatch(/^holdfast_redis_failing 0$/m)
    expect(metrics).toMatch(/^holdfast_redis_claim_seconds_count [1-9]/m)
  })

  it('are not ready before they have reached it once', async () => {
    await redis.kill()
    const port = await freePort()
    const starting = aReplica(undefined, { monitoring: { bind: `127.0.0.1:${port}` } })
    const ready = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
      return [answer?.status, await answer?.text()]
    }
    const unready = [503, 'not ready: replay.redis has not been reached since the start\n']
    await expect.poll(ready).toEqual(unready)
    await redis.start()
    await known(redis)
    await starting
    expect(await ready()).toEqual([200, 'ready\n'])
  })

  it('reach it over TLS, with a certificate and as a user with a password, which can be replaced', async () => {
    const folder = await pkiFolder()
    const at = (name: string) => join(folder, name)
    const secure = await startRedis(
      ['--user', 'holdfast', 'on', '>a-password', '~{bank*', ...MAY],
      [
        ...['--tls-cert-file', at('server.pem'), '--tls-key-file', at('server-key.pem')],
        ...['--tls-ca-cert-file', at('client-ca.pem'), '--tls-auth-clients', 'yes'],
      ],
      [
        '--tls',
        '--cacert',
        at('server-ca.pem'),
        '--cert',
        at('client-1.pem'),
        '--key',
        at('client-1-key.pem'),
      ],
    )
    const passwordFile = await written('a-password\n')
    try {
      const replica = await aReplica({
        url: `rediss://127.0.0.1:${secure.port}`,
        ca: at('server-ca.pem'),
        certificate: at('client-1.pem'),
        private_key: at('client-1-key.pem'),
        username: 'holdfast',
        password_file: passwordFile,
        prefix: 'bank',
      })
      // For as long as a nonce is good on a route of theirs, not a minute.
      expect(Number(await secure.cli('hget', '{bank}:since', 'life'))).toBeGreaterThan(300)
      await known(secure, 'bank')
      expect((await send(replica, '/off', made('/off'))).status).toBe(200)
      await secure.cli('acl', 'setuser', 'holdfast', 'resetpass', '>another-password')
      await writeFile(passwordFile, 'another-password\n')
      replica.child.kill('SIGHUP')
      await replica.line(({ msg }) => msg === 'reloaded')
      await secure.cli('client', 'kill', 'user', 'holdfast')
      await expect.poll(async () => (await send(replica, '/off', made('/off'))).status).toBe(200)
    } finally {
      await secure.stop()
    }
  })
})

/** What the runbook lets the user of the gateways do. */
const MAY = [
  ...['+evalsha', '+eval', '+info', '+time', '+set', '+hget', '+hmget', '+hset', '+hdel', '+hlen'],
  ...['+zadd', '+zcard', '+zrangebyscore', '+zrevrange', '+zrem'],
]

async function aReplica(
  settings: object = { url: `redis://127.0.0.1:${redis.port}` },
  more: object = {},
): Promise<TestGateway> {
  const replica = await startGateway({
    ...more,
    dpop_nonce: { secret: SECRET },
    // That Redis is slow to answer is not what these are about.
    replay: { store: 'redis', rate: 1, redis: { timeout: '2s', ...settings } },
    upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
    routes: [
      { path: '/open', upstream: 'bank', danger_public: true },
      ...['off', 'required'].map((nonce) => ({
        path: `/${nonce}`,
        upstream: 'bank',
        require: { issuer: 'bank', dpop: { nonce } },
      })),
    ],
  })
  gateways.push(replica)
  await replica.line(({ msg }) => msg === 'replay.redis: it can be asked; proofs are judged')
  return replica
}

/** As if it had known of proofs for an hour. */
async function known({ cli }: TestRedis, prefix = 'holdfast'): Promise<void> {
  const since = nowSeconds() - 3_600
  await cli('hset', `{${prefix}}:since`, ...knowingSince(since, await cli('info', 'everything')))
}

function made(path: string, claims: object = {}): string {
  return proof(accessToken, { claims: { htu: ORIGIN + path, ...claims } })
}

function revocation({ admin }: TestGateway, method: string, entry: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`http://127.0.0.1:${admin}/revocations`, { method, headers, body: JSON.stringify(entry) })
}

/** Of a request with this token: what it is refused for, else its status. */
async function status(gateway: TestGateway, accessToken: string): Promise<string | number> {
  const dpop = proof(accessToken, { claims: { htu: `${ORIGIN}/off` } })
  const fields = ['authorization', `DPoP ${accessToken}`, 'dpop', dpop]
  const answer = await gateway.call({ path: '/off', fields })
  return answer.code ?? answer.status
}

/** It has reached Redis. */
async function settledIn({ admin }: TestGateway): Promise<void> {
  const ready = () => fetch(`http://127.0.0.1:${admin}/readyz`).then(({ status }) => status)
  await expect.poll(ready).toBe(200)
}

function send(gateway: TestGateway, path: string, dpop: string) {
  return gateway.call({ path, fields: ['authorization', `DPoP ${accessToken}`, 'dpop', dpop] })
}
