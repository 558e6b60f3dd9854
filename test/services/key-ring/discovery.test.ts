import { describe, expect, it } from 'vitest'
import { FetchRefused } from '../../../src/services/http/document.ts'
import { discoverJwksUri } from '../../../src/services/key-ring/discovery.ts'

describe('discoverJwksUri', () => {
  const metadata = { issuer: 'https://as.example/a', jwks_uri: 'https://as.example/keys' }

  it('asks OpenID Connect Discovery first, then RFC 8414, each with its own path', async () => {
    const asked: string[] = []
    const uri = await discoverJwksUri(metadata.issuer, async (url) => {
      asked.push(url)
      if (url.endsWith('openid-configuration')) throw new FetchRefused('not there', 404)
      return { url, value: metadata, maxAge: null }
    })
    expect(uri).toBe(metadata.jwks_uri)
    expect(asked).toEqual([
      'https://as.example/a/.well-known/openid-configuration',
      'https://as.example/.well-known/oauth-authorization-server/a',
    ])
  })

  it.each([
    ['another issuer', { ...metadata, issuer: 'https://as.example/a/' }],
    ['no issuer', { jwks_uri: metadata.jwks_uri }],
    ['no jwks_uri', { issuer: metadata.issuer }],
    ['a jwks_uri over http', { ...metadata, jwks_uri: 'http://as.example/keys' }],
    ['no object', 'text'],
  ])('refuses metadata with %s', async (_, document) => {
    await expect(
      discoverJwksUri(metadata.issuer, async (url) => ({ url, value: document, maxAge: null })),
    ).rejects.toThrow(/https:\/\/as\.example/)
  })

  it('does not take an outage for absence', async () => {
    let asked = 0
    const fetchJson = async () => {
      asked++
      throw new FetchRefused('down', 503)
    }
    await expect(discoverJwksUri(metadata.issuer, fetchJson)).rejects.toThrow('down')
    expect(asked).toBe(1)
  })
})
