import { describe, expect, it } from 'vitest'
import { verifySignatures } from '../../../src/verify/message-signature/verify.ts'
import { joined, requestOf } from '../../support/http-message.ts'
import { outcome } from '../../support/outcome.ts'
import { keySource } from '../../support/token.ts'
import { ANY, keyNamed, NOW } from './rfc9421-world.ts'

describe('RFC 9421 §4.3, several signatures of which one was made by a proxy', () => {
  const request = requestOf(
    [
      'POST /foo?param=Value&Pet=dog HTTP/1.1',
      'Host: origin.host.internal.example',
      'Date: Tue, 20 Apr 2021 02:07:56 GMT',
      'Content-Type: application/json',
      'Content-Length: 18',
      'Forwarded: for=192.0.2.123;host=example.com;proto=https',
      'Content-Digest: sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:',
      'Signature-Input: sig1=("@method" "@authority" "@path" "content-digest" "content-type" "content-length");created=1618884475;keyid="test-key-ecc-p256"',
      'Signature: sig1=:X5spyd6CFnAG5QnDyHfqoSNICd+BUP4LYMz2Q0JXlb//4Ijpzp+kve2w4NIyqeAuM7jTDX+sNalzA8ESSaHD3A==:',
      '',
      '',
    ].join('\r\n'),
  )
  const subject = (authority: string) => ({
    message: { request: { ...request, authority }, response: null },
    input: joined(request.fields, 'signature-input'),
    signature: joined(request.fields, 'signature'),
    hasBody: true,
  })
  const signer = {
    owner: 'x',
    keys: keySource([keyNamed({ keyid: 'test-key-ecc-p256', alg: 'ecdsa-p256-sha256' })]),
  }

  /** As the proxy made it, of the request that it forwards. */
  const PROXY_INPUT =
    'proxy_sig=("@method" "@authority" "@path" "content-digest" "content-type" "content-length" "forwarded");created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256";expires=1618884540'
  const PROXY_SIGNATURE =
    'proxy_sig=:S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOaYmdkDcnL9cCpXJleXsOckpURl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5YAv0RAGhB8tmpv7sFnIm9y+7X5kXQfi8NMaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PBPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9ddzirrswsE1w5o0LV/g==:'

  it.each([
    ['origin.host.internal.example', NOW, 'accepted'],
    ['example.com', NOW, 'SIG_INVALID'],
    ['origin.host.internal.example', 1_618_884_541, 'SIG_EXPIRED'],
  ] as const)("the proxy's, for %s at %i: %s", (authority, now, expected) => {
    const proxied = {
      ...subject(authority),
      input: `${subject(authority).input}, ${PROXY_INPUT}`,
      signature: `${subject(authority).signature}, ${PROXY_SIGNATURE}`,
    }
    const proxy = {
      owner: 'x',
      keys: keySource([keyNamed({ keyid: 'test-key-rsa', alg: 'rsa-v1_5-sha256' })], 'absent'),
    }
    const lone = { ...proxied, input: PROXY_INPUT, signature: PROXY_SIGNATURE }
    expect(outcome(verifySignatures(lone, ANY, proxy, now))).toBe(expected)
    // Of both, one is by nobody that the proxy's reader knows; the profile asks for one that holds.
    if (expected === 'accepted')
      expect(outcome(verifySignatures(proxied, { ...ANY, several: 'any' }, proxy, now))).toBe('accepted')
  })

  it("the client's holds where its own authority is known, and nowhere else (§7.4.3)", () => {
    expect(outcome(verifySignatures(subject('example.com'), ANY, signer, NOW))).toBe('accepted')
    expect(outcome(verifySignatures(subject('origin.host.internal.example'), ANY, signer, NOW))).toBe(
      'SIG_INVALID',
    )
  })
})
