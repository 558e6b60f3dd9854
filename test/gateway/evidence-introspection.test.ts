import { randomBytes, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { evidencePack } from '../../src/cli/evidence-pack.ts'
import type { EvidenceRecord } from '../../src/domain/evidence-record.ts'
import { checkRecord } from '../../src/services/evidence/check-record.ts'
import { findRecords } from '../../src/services/evidence/find-exchange.ts'
import { verifyFiles } from '../../src/services/evidence/verify-files.ts'
import { evidenceFolder } from '../support/evidence.ts'
import { BANK } from '../support/gateway.ts'
import { type IntrospectionEndpoint, startIntrospectionEndpoint } from '../support/introspection-endpoint.ts'
import { aJws } from '../support/jws.ts'
import { aKey } from '../support/keys.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { credentials, issuerKey, nowSeconds, ORIGIN } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

let server: IntrospectionEndpoint
beforeAll(async () => {
  server = await startIntrospectionEndpoint()
})
afterAll(() => server.close())

it('what an authorization server signed of a token is kept with each request that was judged by it', async () => {
  const directory = await evidenceFolder()
  const { gateway, stop } = await startWithUpstream({
    evidence: { directory },
    issuers: { jwt: await asked('jwt'), plain: await asked('plain_jwt'), json: await asked('json') },
    routes: [
      ...['jwt', 'plain', 'json'].map((issuer) => route(`/${issuer}`, issuer)),
      route('/narrow', 'jwt', { scope: 'payments' }),
    ],
  })
  const get = (path: string, accessToken: string, id = randomUUID() as string) => {
    const fields = [...credentials(path, { accessToken }), 'x-fapi-interaction-id', id]
    return gateway.call({ path, fields })
  }
  answer('application/token-introspection+jwt', 'token-introspection+jwt', { token_introspection: members() })
  const token = opaque()
  expect((await get('/jwt', token, ID)).status).toBe(200)
  // By what is remembered.
  expect((await get('/jwt', token)).status).toBe(200)
  expect(server.asked).toHaveLength(1)
  expect((await get('/narrow', opaque())).code).toBe('SCOPE_INSUFFICIENT')
  answer('application/jwt', 'at+jwt', members())
  expect((await get('/plain', opaque())).status).toBe(200)
  server.say = () => ({ body: members() })
  expect((await get('/json', opaque())).status).toBe(200)
  await stop()

  const files = (await readdir(directory)).map((name) => join(directory, name))
  const records = (await Promise.all(files.map((file) => readFile(file, 'utf8'))))
    .flatMap((text) => text.trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as EvidenceRecord)
    .filter(({ kind }) => kind === 'request' || kind === 'refusal')
  expect(
    records.map(({ kind, route, signatures }) =>
      [kind, route, ...signatures.map(({ by, label }) => `${by}:${label}`)].join(' '),
    ),
  ).toEqual([
    'request * /jwt client:dpop issuer:introspection',
    'request * /jwt client:dpop issuer:introspection',
    'refusal * /narrow client:dpop issuer:introspection',
    'request * /plain client:dpop issuer:introspection',
    'request * /json client:dpop',
  ])
  const [, signed] = records[0]!.signatures
  expect(signed).toMatchObject({ keyid: issuerKey().kid, algorithm: 'ES256', thumbprint: issuerKey().jkt })
  const forged = { ...records[0], signatures: [{ ...signed, base: `${signed!.base.slice(0, -1)}A` }] }
  expect(checkRecord({ ...forged })).toEqual(['signature 1 does not verify'])
  const finding = await verifyFiles(files)
  expect(finding).toMatchObject({ faults: [], exchanges: 5, signatures: 9 })

  const pack = evidencePack(ID, await findRecords(files, ID), finding)
  expect(pack).toContain('by the authorization server: verifies')
  expect(pack).toContain('what the authorization server answered when it was asked about the token')
  expect(pack).toContain('"token_introspection":{"active":true')
})

async function asked(response: string): Promise<object> {
  return {
    ...BANK,
    // What is not signed is verified by no key.
    jwks_file: response === 'json' ? undefined : BANK.jwks_file,
    issuer: server.origin,
    ca: join(await pkiFolder(), 'as-ca.pem'),
    introspection: {
      ...{ client_id: 'gateway', client_auth: 'client_secret_basic', client_secret: 'secret', response },
      endpoint: `${server.origin}/introspect`,
    },
  }
}

function route(path: string, issuer: string, require: object = {}): object {
  return { path, upstream: 'bank', evidence: 'signatures', require: { issuer, ...require } }
}

/** What is said from now on, signed by the issuer. */
function answer(type: string, typ: string, claims: object): void {
  const header = { typ, alg: 'ES256', kid: issuerKey().kid }
  const about = { iss: server.origin, aud: 'gateway', iat: nowSeconds(), ...claims }
  server.say = () => ({ type, body: aJws(header, about, issuerKey()) })
}

function members(): { readonly [name: string]: unknown } {
  return {
    ...{ active: true, iss: server.origin, aud: ORIGIN, client_id: 'tpp-1', sub: 'customer-7' },
    ...{ scope: 'accounts', token_type: 'DPoP', exp: nowSeconds() + 600 },
    cnf: { jkt: aKey('ES256', 'client').jkt },
  }
}

const opaque = () => randomBytes(24).toString('base64url')
const ID = '0b7a6a5c-2f6b-4c0e-9a42-5a1f0a7f6f11'
