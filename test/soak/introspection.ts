import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Members } from '../support/jws.ts'
import { freshKey, published } from '../support/keys.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { nowSeconds, ORIGIN } from '../support/wire-tokens.ts'
import { Restartable } from './restartable.ts'

/** How an authorization server lies about a token: signed by somebody else, for another, of long ago, or not signed. */
export type Lie = 'forged' | 'for another' | 'old' | 'unsigned'

/** What a token of it holds: to whoever does not know that, it says nothing. */
export interface Inside {
  readonly members: Members
  readonly lie: Lie | null
}

/** An authorization server that is asked about opaque tokens and signs what it says (RFC 9701), a process of its own. */
export class Introspection {
  readonly server: Restartable
  readonly #issuer: string
  readonly #ca: string
  readonly #keys: string

  private constructor(folder: string, pki: string, port: number) {
    const key = freshKey('ES256', 'introspection')
    const file = join(folder, 'introspection.pem')
    writeFileSync(file, key.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    this.#keys = join(folder, 'introspection.jwks.json')
    writeFileSync(this.#keys, JSON.stringify(published(key)))
    this.#ca = join(pki, 'as-ca.pem')
    this.#issuer = `https://localhost:${port}`
    this.server = new Restartable('introspection-server.ts', [String(port), pki, file])
  }

  static async open(folder: string, port: number): Promise<Introspection> {
    const opened = new Introspection(folder, await pkiFolder(), port)
    await opened.server.start()
    return opened
  }

  /** As an issuer in the gateway's configuration. */
  get configuration(): object {
    const introspection = {
      ...{ client_id: GATEWAY, client_auth: 'client_secret_basic', client_secret: 'secret' },
      ...{ endpoint: `${this.#issuer}/introspect`, response: 'jwt' },
      // Short, so that it is asked over and over.
      ...{ cache: '1s', negative_cache: '1s' },
    }
    return { issuer: this.#issuer, ca: this.#ca, jwks_file: this.#keys, audience: ORIGIN, introspection }
  }

  /** A token that is good for as long as this takes, but for the claims, or one that it lies about. */
  issue(claims: Members, lie: Lie | null = null): string {
    const known = { active: true, iss: this.#issuer, aud: ORIGIN, scope: 'accounts', token_type: 'DPoP' }
    const members = { ...known, jti: randomUUID(), exp: nowSeconds() + 36_000, ...claims }
    return Buffer.from(JSON.stringify({ members, lie } satisfies Inside)).toString('base64url')
  }
}

/** Its client id there. */
export const GATEWAY = 'soaked-gateway'
