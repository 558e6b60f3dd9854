import { describe, expect, it } from 'vitest'
import { readJwkSet } from '../../../src/verify/jose/jwk-set.ts'
import { verifySignatures } from '../../../src/verify/message-signature/verify.ts'
import { requestOf } from '../../support/http-message.ts'
import { outcome } from '../../support/outcome.ts'
import { keySource } from '../../support/token.ts'
import { vectors } from '../../support/vectors.ts'
import { ANY } from './rfc9421-world.ts'

interface Bot {
  readonly key: object
  readonly target_url: string
  readonly signature: string
  readonly signature_input: string
  readonly signature_agent?: string
}

describe('web-bot-auth', () => {
  it.each(vectors<readonly Bot[]>('rfc9421/web-bot-auth/web_bot_auth_architecture_v2.json'))('%#', (bot) => {
    const { host, pathname } = new URL(bot.target_url)
    const request = {
      ...requestOf(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
      fields: bot.signature_agent === undefined ? [] : ['Signature-Agent', bot.signature_agent],
    }
    const { kty, crv, x, n, e } = bot.key as Record<string, unknown>
    const parts = Object.entries({ kty, crv, x, n, e }).filter(([, part]) => part !== undefined)
    const keys = readJwkSet({ keys: [Object.fromEntries(parts)] })!
    const source = { ...keySource(keys), candidates: () => keys }
    const rules = { ...ANY, tag: 'web-bot-auth', maxAge: 1e9 }
    const judged = (authority: string) => {
      const subject = {
        message: { request: { ...request, authority }, response: null },
        input: bot.signature_input,
        signature: bot.signature,
        hasBody: false,
      }
      return outcome(verifySignatures(subject, rules, { owner: 'bot', keys: source }, 1_735_689_601))
    }
    expect([judged(host), judged('other.example')]).toEqual(['accepted', 'SIG_INVALID'])
  })
})
