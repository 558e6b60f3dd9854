import { afterAll, describe, expect, it } from 'vitest'
import { type MessageSignature, verifySignatures } from '../../src/verify/message-signature/verify.ts'
import { joined } from '../support/http-message.ts'
import { outcome } from '../support/outcome.ts'
import { keySource } from '../support/token.ts'
import type { Call } from '../support/wire-client.ts'
import { clientCertificate } from '../support/wire-pki.ts'
import { digestOf, signedFields } from '../support/wire-signature.ts'
import { credentials, nowSeconds } from '../support/wire-tokens.ts'
import { RULES, startSigningGateway } from './signing-world.ts'

const { gateway, upstream, ours, stop } = await startSigningGateway()

afterAll(stop)

describe.each(['1.1', '2'] as const)(
  'an upstream that gets what is forwarded signed, over HTTP/%s',
  (version) => {
    const forwarded = async (call: Omit<Call, 'port'>) => {
      upstream.news()
      const answer = await gateway.call({ version, ...call })
      expect(answer.status).toBe(200)
      const [seen] = upstream.news()
      const at = seen!.target.indexOf('?')
      const authority = seen!.all('host')[0] as string
      const request = {
        method: seen!.method,
        origin: `http://${authority}`,
        authority,
        path: at < 0 ? seen!.target : seen!.target.slice(0, at),
        query: at < 0 ? null : seen!.target.slice(at + 1),
        requestTarget: seen!.target,
        fields: seen!.fields,
      }
      const judge = (changes: Partial<typeof request> = {}) =>
        verifySignatures(
          {
            message: { request: { ...request, ...changes }, response: null },
            input: joined(seen!.fields, 'signature-input'),
            signature: joined(seen!.fields, 'signature'),
            hasBody: false,
          },
          { ...RULES, tag: 'holdfast-forwarded', several: 'one', requiresExpires: true },
          { owner: 'us', keys: keySource([ours]) },
          nowSeconds(),
        )
      return { seen: seen!, judge }
    }

    it('can tell that it is as it left', async () => {
      const { seen, judge } = await forwarded({ path: '/legacy/a?b=c', fields: credentials('/legacy/a') })
      const [signature] = judge() as readonly MessageSignature[]
      expect(signature!.input.components.map(({ name }) => name)).toEqual(
        expect.arrayContaining([
          '@method',
          '@authority',
          '@path',
          '@query',
          'holdfast-client-id',
          'holdfast-scope',
        ]),
      )
      expect(outcome(judge({ query: 'b=d' }))).toBe('SIG_INVALID')
      const forged = seen.fields.map((text, at) =>
        seen.fields[at - 1] === 'holdfast-client-id' ? 'thief' : text,
      )
      expect(outcome(judge({ fields: forged }))).toBe('SIG_INVALID')
    })

    it.each([
      ['no other', []],
      // Nobody has compared it: the route does not ask for that.
      ['no other, whatever the client said', ['content-digest', digestOf('another')]],
    ])('with the digest of the body, which was held, and %s', async (_, said) => {
      const fields = [...credentials('/legacy', { method: 'POST' }), ...said]
      const { seen, judge } = await forwarded({ method: 'POST', path: '/legacy', fields, body: '{"a":1}' })
      const [signature] = judge() as readonly MessageSignature[]
      expect(signature!.covers('content-digest')).toBe(true)
      expect([seen.all('content-digest'), seen.body.toString()]).toEqual([[digestOf('{"a":1}')], '{"a":1}'])
    })

    it("with the client's certificate (RFC 9440 §4)", async () => {
      const certificate = await clientCertificate('client-1')
      const { seen, judge } = await forwarded({
        path: '/legacy',
        fields: credentials('/legacy'),
        certificate,
      })
      const [signature] = judge() as readonly MessageSignature[]
      expect(signature!.covers('client-cert')).toBe(true)
      const forged = seen.fields.map((text, at) => (seen.fields[at - 1] === 'client-cert' ? ':AA==:' : text))
      expect(outcome(judge({ fields: forged }))).toBe('SIG_INVALID')
    })

    it.each([
      ['no key has its turn', '/legacy/over', []],
      ['a covered field cannot be signed', '/legacy', ['content-type', 'text/\xe9']],
    ])('gets nothing where %s', async (_, path, more) => {
      upstream.news()
      const answer = await gateway.call({ version, path, fields: [...credentials(path), ...more] })
      expect([answer.status, answer.code, upstream.news()]).toEqual([503, 'SIGNING_UNAVAILABLE', []])
    })

    it("gets the client's signatures no more", async () => {
      const { seen } = await forwarded({
        path: '/legacy',
        fields: signedFields({ path: '/legacy', label: 'mine' }),
      })
      expect(seen.all('signature-input').join()).toMatch(/^holdfast=/)
      expect(seen.all('signature')).toHaveLength(1)
    })
  },
)
