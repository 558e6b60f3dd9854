import { expect } from 'vitest'
import { decodeDocument } from '../../src/config/decode.ts'

const HEAD = `listeners:
  - name: public
    bind: 0.0.0.0:8443
    public_origin: https://api.bank.example
    tls: { certificate: server.pem, private_key: server-key.pem, client_certificate: optional, client_ca: ca.pem }
issuers:
  bank: { issuer: https://as.bank.example, audience: https://api.bank.example }
  other: { issuer: https://as.other.example, audience: https://api.bank.example }
upstreams:
  accounts: { url: http://127.0.0.1:8080 }
`

/** A file with these policies, one a line, and one route with this `require`. */
export function decoded(policies: readonly string[], require: string, path = '/a/{id}', more = '') {
  const shared = policies.map((each) => `  ${each}\n`).join('')
  const routes = `routes:\n  - path: ${path}\n    upstream: accounts\n    require: ${require}\n`
  return decodeDocument(`${HEAD}${more}policies:\n${shared}${routes}`, 'gateway.yaml', {})
}

/** What the route of such a file demands; nothing may be wrong with it. */
export function required(policies: readonly string[], require: string) {
  const { document, problems } = decoded(policies, require)
  expect(problems).toEqual([])
  return document!.routes[0]!.require!
}

/** What is wrong with them, each problem in a line. */
export const told = (policies: readonly string[], require: string, path?: string) =>
  decoded(policies, require, path).problems.map(
    ({ line, path: at, expected, found, hint }) =>
      `${line} ${at}: expected ${expected}, found ${found}${hint === undefined ? '' : `; ${hint}`}`,
  )
