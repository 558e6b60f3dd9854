import type { webcrypto } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as oauth from 'openid-client'
import { Agent, fetch as undiciFetch } from 'undici'
import { REDIRECT_URI } from './authorization-server.ts'
import type { Settings } from './settings.ts'

/** A third-party provider: a certified OAuth client (openid-client) in the role FAPI 2.0 gives it. */
export interface Tpp {
  /** PAR, authorization as alice and code exchange; answers an access token for the resource, which is the API
   *  where none is named. */
  readonly authorize: (scope: string, resource?: string) => Promise<string>
  /** Calls the API as openid-client does: with a fresh DPoP proof, or over its client certificate. */
  readonly call: (token: string, method: string, url: string, body?: object) => Promise<Response>
  readonly close: () => Promise<void>
}

/** `tpp-dpop`: authenticates with private_key_jwt, binds its tokens to `dpopKey` (RFC 9449). */
export async function openDpopTpp(
  settings: Settings,
  clientKey: webcrypto.CryptoKey,
  dpopKey: webcrypto.CryptoKeyPair,
): Promise<Tpp> {
  const agent = new Agent({ connect: { ca: trusted(settings) } })
  const config = await discover(settings, 'tpp-dpop', oauth.PrivateKeyJwt(clientKey), agent)
  return tppOf(settings, config, agent, { DPoP: oauth.getDPoPHandle(config, dpopKey) })
}

/** `tpp-mtls`: authenticates with the certificate of client-1, to which its tokens are bound as well (RFC 8705). */
export async function openMtlsTpp(settings: Settings): Promise<Tpp> {
  const read = (name: string) => readFileSync(join(settings.certs, name))
  const identity = { cert: read('client-1.pem'), key: read('client-1-key.pem') }
  const agent = new Agent({ connect: { ca: trusted(settings), ...identity } })
  return tppOf(settings, await discover(settings, 'tpp-mtls', oauth.TlsClientAuth(), agent), agent, {})
}

function tppOf(
  settings: Settings,
  config: oauth.Configuration,
  agent: Agent,
  options: oauth.DPoPOptions,
): Tpp {
  return {
    authorize: (scope, resource = settings.api) => authorize(config, scope, resource, options),
    call: (token, method, url, body) => {
      const headers = new Headers(body === undefined ? {} : { 'content-type': 'application/json' })
      const content = body === undefined ? null : JSON.stringify(body)
      return oauth.fetchProtectedResource(config, token, new URL(url), method, content, headers, options)
    },
    close: () => agent.destroy(),
  }
}

function discover(
  settings: Settings,
  clientId: string,
  authentication: oauth.ClientAuth,
  agent: Agent,
): Promise<oauth.Configuration> {
  return oauth.discovery(new URL(settings.issuer), clientId, undefined, authentication, {
    algorithm: 'oauth2',
    [oauth.customFetch]: fetchThrough(agent),
  })
}

async function authorize(
  config: oauth.Configuration,
  scope: string,
  resource: string,
  options: oauth.DPoPOptions,
): Promise<string> {
  const pkceCodeVerifier = oauth.randomPKCECodeVerifier()
  const state = oauth.randomState()
  const parameters = {
    redirect_uri: REDIRECT_URI,
    scope,
    resource,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  }
  const start = await oauth.buildAuthorizationUrlWithPAR(config, parameters, options)
  const callback = await browse(start, config[oauth.customFetch]!)
  const checks = { pkceCodeVerifier, expectedState: state }
  const tokens = await oauth.authorizationCodeGrant(config, callback, checks, { resource }, options)
  return tokens.access_token
}

/** The browser: follows redirects with cookies until it is sent to the client, and answers that address. */
async function browse(start: URL, fetch: oauth.CustomFetch): Promise<URL> {
  const cookies = new Map<string, string>()
  let at = start
  for (let hops = 0; hops < MAX_HOPS; hops++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(at.href, {
      method: 'GET',
      headers: { cookie },
      body: null,
      redirect: 'manual',
    })
    for (const field of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(field) ?? []
      if (name !== undefined && value !== undefined) cookies.set(name, value)
    }
    const location = response.headers.get('location')
    const text = await response.text()
    if (location === null) throw new Error(`The authorization server ended at ${at.pathname}: ${text.trim()}`)
    at = new URL(location, at)
    if (at.href.startsWith(REDIRECT_URI)) return at
  }
  throw new Error('The authorization server redirects without end.')
}

/** The fetch of undici itself, since that of Node takes no agent of another undici. */
function fetchThrough(agent: Agent): oauth.CustomFetch {
  return (url, options) =>
    undiciFetch(url, { ...options, dispatcher: agent } as Parameters<
      typeof undiciFetch
    >[1]) as unknown as Promise<Response>
}

function trusted(settings: Settings): Buffer[] {
  return ['as-ca.pem', 'server-ca.pem'].map((name) => readFileSync(join(settings.certs, name)))
}

const MAX_HOPS = 10
