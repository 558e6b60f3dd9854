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
    ['a jwks_uri that is no URL', { ...metadata, jwks_uri: 'https://as.example:x/keys' }],
    ['no object', 'text'],
    ['nothing', null],
  ])('refuses metadata with %s', async (_, document) => {
    await expect(
      discoverJwksUri(metadata.issuer, async (url) => ({ url, value: document, maxAge: null })),
    ).rejects.toThrow(/https:\/\/as\.example/)
  })

  it.each<[string, Error, number]>([
    ['an outage, which is not absence', new FetchRefused('answered 500', 500), 1],
    ['nor is a server that is not there', new Error('gave no answer'), 1],
    [
      'and, where both places say that it is not there, the last of them',
      new FetchRefused('answered 404', 404),
      2,
    ],
  ])('tells of %s', async (_, problem, places) => {
    const asked: string[] = []
    const fetchJson = async (url: string) => {
      asked.push(url)
      throw problem
    }
    await expect(discoverJwksUri(metadata.issuer, fetchJson)).rejects.toBe(problem)
    expect(asked).toHaveLength(places)
  })

  it('asks where the configuration says, and nowhere else', async () => {
    const asked: string[] = []
    const fetchJson = async (url: string) => {
      asked.push(url)
      throw new FetchRefused('answered 404', 404)
    }
    const url = 'https://elsewhere.example/metadata'
    await expect(discoverJwksUri(metadata.issuer, fetchJson, { url })).rejects.toThrow('404')
    expect(asked).toEqual([url])
  })
})
