import { readFileSync } from 'node:fs'
import { type Decoded, decodeDocument } from '../../src/config/decode.ts'
import type { Document } from '../../src/config/document.ts'
import type { Environment } from '../../src/config/environment.ts'
import { ConfigError } from '../../src/config/problem.ts'

/** A valid file; each test changes one thing in it. */
export const SAMPLE = `listeners:
  - name: public
    bind: 0.0.0.0:8443
    public_origin: https://api.bank.example
    tls:
      certificate: server.pem
      private_key: server-key.pem
issuers:
  bank:
    issuer: https://as.bank.example
    audience: https://api.bank.example
upstreams:
  accounts:
    url: http://127.0.0.1:8080
routes:
  - path: /accounts/**
    upstream: accounts
    require:
      issuer: bank
      scope: accounts
`

export const EXAMPLE = readFileSync(new URL('../../config/holdfast.yaml', import.meta.url), 'utf8')

/** The sample with the first occurrence of a text replaced; the text must occur. */
export function changed(from: string, to: string, text = SAMPLE): string {
  if (!text.includes(from)) throw new Error(`the sample has no ${JSON.stringify(from)}`)
  return text.replace(from, () => to)
}

export function decoded(text: string, env: Environment = {}): Decoded {
  return decodeDocument(text, 'gateway.yaml', env)
}

export function documentOf(text: string, env: Environment = {}): Document {
  const { document } = decoded(text, env)
  if (document === undefined) throw new Error(reportOf(text, env))
  return document
}

/** What an operator reads. */
export function reportOf(text: string, env: Environment = {}): string {
  return new ConfigError(decoded(text, env).problems).report()
}
