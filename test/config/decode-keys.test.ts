import { describe, expect, it } from 'vitest'
import { changed, decoded, reportOf } from './sample.ts'

describe('keys', () => {
  it('that YAML would merge are problems, with what there is instead', () => {
    expect(reportOf(changed('  - path', '  - <<: {}\n    path'))).toBe(
      'gateway.yaml:16:5 routes[0]["<<"]: expected a key of this mapping, found a merge key; `policies` holds what routes have in common',
    )
  })

  it('that are unknown are problems, each at its own place, the nearest known one suggested', () => {
    const text = changed('    audience:', '    audiance:', changed('upstreams:', 'lisn: 3\nupstreams:'))
    expect(reportOf(text).split('\n')).toEqual([
      'gateway.yaml:11:5 issuers.bank.audiance: expected a key of this mapping, found "audiance"; did you mean `audience`?',
      expect.stringMatching(/^gateway\.yaml:12:1 lisn: expected one of threads, .*, routes, found "lisn"$/),
    ])
  })

  it.each([
    ['listeners', 'listener'],
    ['issuers', 'issuer'],
    ['upstreams', 'upstream'],
    ['      client_certificate', '      client_certificat'],
  ])('that are misspelt are not told once more of what refers to them: %s', (right, wrong) => {
    const asking = changed(
      '      private_key: server-key.pem\n',
      '      private_key: server-key.pem\n      client_certificate: optional\n      client_ca: ca.pem\n',
    )
    const text = changed('      scope: accounts', '      sender: mtls', asking)
    expect(reportOf(text)).toBe('')
    const { problems } = decoded(changed(`${right}:`, `${wrong}:`, text))
    expect(problems).toMatchObject([
      { found: `"${wrong.trim()}"`, hint: `did you mean \`${right.trim()}\`?` },
    ])
  })

  it('that are misspelt are told as that alone, and as missing only where another is', () => {
    const text = changed(
      '    upstream: accounts',
      '    upstreem: accounts',
      changed('      scope:', '      scpe:'),
    )
    expect(decoded(text).problems.map(({ path }) => path)).toEqual([
      'routes[0].upstreem',
      'routes[0].require.scpe',
    ])
    const twice = changed('    upstream: accounts', '    upstream: 7\n    upstreem: accounts')
    expect(decoded(twice).problems.map(({ path }) => path)).toEqual([
      'routes[0].upstream',
      'routes[0].upstreem',
    ])
    const elsewhere = changed(
      '      certificate: server.pem\n',
      '',
      changed('    url:', '    certificat: a\n    url:'),
    )
    expect(decoded(elsewhere).problems.map(({ path }) => path)).toEqual([
      'listeners[0].tls.certificate',
      'upstreams.accounts.certificat',
    ])
  })

  it('that are missing are placed at their mapping', () => {
    expect(reportOf(changed('      private_key: server-key.pem\n', ''))).toBe(
      'gateway.yaml:6:7 listeners[0].tls.private_key: expected a path, found nothing',
    )
  })

  it('that stand twice are problems', () => {
    expect(reportOf(changed('    bind:', '    name: other\n    bind:'))).toBe(
      'gateway.yaml:3:5: expected each key once, found `name` again',
    )
  })

  it('may not be `__proto__`', () => {
    expect(reportOf(changed('  bank:\n', '  __proto__: {}\n  bank:\n'))).toBe(
      'gateway.yaml:9:3 issuers.__proto__: expected another key, found `__proto__`',
    )
  })
})
