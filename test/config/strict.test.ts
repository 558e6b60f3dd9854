import { describe, expect, it } from 'vitest'
import { changed, reportOf } from './sample.ts'

const ISSUER = '    issuer: https://as.bank.example\n'
const withKeys = (keys: string) => changed(ISSUER, `${ISSUER}    ${keys}\n`)
const GOOD = withKeys('max_token_lifetime: 10m')

describe('what departs from FAPI 2.0', () => {
  const inFile = (key: string) => `${key}\n${GOOD}`
  const inIssuer = (keys: string) => withKeys(`max_token_lifetime: 10m\n    ${keys}`)

  it.each([
    ['issuers.bank.algorithms[1]', 'RS256', inIssuer('algorithms: [PS256, RS256]')],
    [
      'issuers.bank.status_list.danger_ignore_status',
      'true',
      inIssuer('status_list: { danger_ignore_status: true }'),
    ],
    [
      'issuers.bank.status_list.danger_allow_unavailable',
      'true',
      inIssuer('status_list: { danger_allow_unavailable: true }'),
    ],
    ['routes[0].require.danger_accept_bearer', 'true', `${GOOD}      danger_accept_bearer: true\n`],
    [
      'policies.open.danger_accept_bearer',
      'true',
      inFile('policies: { open: { danger_accept_bearer: true } }'),
    ],
    [
      'signature_profiles.ours.request.danger_rsa_v1_5',
      'true',
      inFile('signature_profiles: { ours: { request: { danger_rsa_v1_5: true } } }'),
    ],
  ])('is a problem where the file is strict: %s %s', (path, found, text) => {
    expect(reportOf(text)).toBe('')
    const report = reportOf(`strict: true\n${text}`)
    expect(report).toMatch(
      /^gateway\.yaml:\d+:\d+ \S+ expected [^;]+ \(FAPI2-SP §5\.[0-9.()]+\), as the file says `strict: true`, found \S+$/,
    )
    expect(report).toContain(` ${path}: `)
    expect(report).toContain(found)
  })
})

describe('the revocation of tokens, where the file is strict', () => {
  const strict = (keys: string) => reportOf(`strict: true\n${withKeys(keys)}`)

  it.each([
    'max_token_lifetime: 10m',
    'status_list: { required: true }',
    'introspection: { client_id: g, client_auth: client_secret_basic, client_secret: s }',
  ])('is known by %s', (keys) => {
    expect(strict(keys)).toBe('')
  })

  it.each(['stale_keys: 1h', 'status_list: { required: false }', 'status_list: { max_age: 1m }'])(
    'is not known by %s',
    (keys) => {
      expect(strict(keys)).toContain('expected introspection, status_list.required or max_token_lifetime')
      expect(reportOf(withKeys(keys))).toBe('')
    },
  )
})
