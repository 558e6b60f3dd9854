import { onTestFinished } from 'vitest'
import { ROUTES, type TestGateway } from '../support/gateway.ts'
import type { Members } from '../support/jws.ts'
import { aKey, type SigningKey } from '../support/keys.ts'
import type { Answer } from '../support/wire-client.ts'
import { type TestIssuer, testIssuer } from '../support/wire-issuer.ts'
import { credentials, ORIGIN, token } from '../support/wire-tokens.ts'
import type { RecordingUpstream } from '../support/wire-upstream.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

export const [FIRST, SECOND] = [aKey('ES256', 'first of the issuer'), aKey('ES256', 'second of the issuer')]

/** A gateway whose issuers are asked for their keys. */
export interface KeysGateway {
  readonly gateway: TestGateway
  readonly upstream: RecordingUpstream
  /** With a token of this issuer. */
  send(issuer: TestIssuer, key?: SigningKey, header?: Members): Promise<Answer>
  /** With this token. */
  use(accessToken: string): Promise<Answer>
  /** Tells the gateway to fetch the keys of this issuer now. */
  refresh(issuer: string): Promise<Response>
}

/** One that is up until the test is over. */
export async function anIssuer(...keys: readonly SigningKey[]): Promise<TestIssuer> {
  const issuer = await testIssuer(...keys)
  onTestFinished(issuer.down)
  await issuer.up()
  return issuer
}

/** The issuer as a configuration names it. */
export const entryOf = ({ issuer, ca }: TestIssuer) => ({ issuer, ca, audience: ORIGIN })

/** Until the test is over. */
export async function startFor(
  issuers: { readonly [name: string]: object },
  changes: object = {},
): Promise<KeysGateway> {
  const { gateway, upstream, stop } = await startWithUpstream({ issuers, routes: ROUTES, ...changes })
  onTestFinished(stop)
  const use = (accessToken: string, version: '1.1' | '2' = '1.1') =>
    gateway.call({
      path: '/accounts',
      fields: credentials('/accounts', { accessToken }),
      version,
    })
  return {
    gateway,
    upstream,
    use,
    send: ({ issuer }, key = FIRST, header = {}) => use(token({ key, claims: { iss: issuer }, header }), '2'),
    refresh: (name) => fetch(`http://127.0.0.1:${gateway.admin}/keys/${name}/refresh`, { method: 'POST' }),
  }
}
