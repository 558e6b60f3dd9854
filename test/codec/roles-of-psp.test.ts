import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { psd2Statement } from '../../certs/qc-statements.ts'
import { rolesOfPspIn } from '../../src/codec/roles-of-psp.ts'
import { needs } from '../support/wire-programs.ts'

/** A self-signed certificate of OpenSSL with this extension, in its own words for ASN.1. */
function certificate(extension: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-roles-'))
  const [file, pem, key] = ['c.cnf', 'c.pem', 'c.key'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(
    file,
    `[req]\ndistinguished_name=n\nx509_extensions=e\n[n]\n[e]\nbasicConstraints=CA:false\n${extension}`,
  )
  const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=tpp']
  execFileSync('openssl', ['req', ...made, '-keyout', key, '-out', pem, '-config', file], { stdio: 'pipe' })
  return new X509Certificate(readFileSync(pem)).raw
}

/** A PSD2 statement with these roles, each `OID name`; `around` is what the extension is. */
function psd2(roles: readonly string[], around = 'list'): string {
  const sections = roles.map((role, at) => {
    const [id, name] = role.split(' ')
    return `[role${at}]\nid=OID:${id}\nname=UTF8:${name}\n`
  })
  return [
    `1.3.6.1.5.5.7.1.3=ASN1:SEQUENCE:${around}`,
    '[list]\none=SEQUENCE:compliance\ntwo=SEQUENCE:statement',
    '[compliance]\nid=OID:0.4.0.1862.1.1',
    '[statement]\nid=OID:0.4.0.19495.2\ninfo=SEQUENCE:info',
    '[info]\nroles=SEQUENCE:roles\nname=UTF8:Bundesanstalt\nid=UTF8:DE-BAFIN',
    `[roles]\n${roles.map((_, at) => `r${at}=SEQUENCE:role${at}`).join('\n')}`,
    ...sections,
  ].join('\n')
}

const ALL = [
  '0.4.0.19495.1.1 PSP_AS',
  '0.4.0.19495.1.2 PSP_PI',
  '0.4.0.19495.1.3 PSP_AI',
  '0.4.0.19495.1.4 PSP_IC',
]

describe.runIf(needs('openssl', 'version'))('the roles that a certificate of OpenSSL states', () => {
  it('are read, beside other statements', () => {
    expect(rolesOfPspIn(certificate(psd2(ALL)))).toEqual(['PSP_AS', 'PSP_PI', 'PSP_AI', 'PSP_IC'])
    const besideNothing = psd2(ALL.slice(2, 3)).replace('id=OID:0.4.0.1862.1.1', '')
    expect(rolesOfPspIn(certificate(besideNothing))).toEqual(['PSP_AI'])
  })

  it('are read where a single statement stands in place of the list', () => {
    expect(rolesOfPspIn(certificate(psd2(ALL.slice(1, 3), 'statement')))).toEqual(['PSP_PI', 'PSP_AI'])
  })

  it.each([
    ['a name that is of another identifier', psd2(['0.4.0.19495.1.3 PSP_PI'])],
    ['a name in small letters', psd2(['0.4.0.19495.1.3 psp_ai'])],
    ['an identifier that nobody knows', psd2(['0.4.0.19495.1.5 PSP_AI'])],
    ['the role that says nothing', psd2(['0.4.0.19495.1.0 Unspecified'])],
    ['a role without a name', psd2(ALL.slice(2, 3)).replace('name=UTF8:PSP_AI', '')],
    ['a role of nothing', psd2(ALL.slice(2, 3)).replace(/id=.*\nname=UTF8:PSP_AI/, '')],
    ['another statement', psd2(ALL).replace('0.4.0.19495.2', '0.4.0.19495.3')],
    ['another extension', psd2(ALL).replace('1.3.6.1.5.5.7.1.3', '1.3.6.1.5.5.7.1.4')],
    ['no statement', ''],
  ])('none are read of %s', (_, extension) => {
    expect(rolesOfPspIn(certificate(extension))).toEqual([])
  })

  it('none are read of a certificate that is cut off, wherever, and nothing is thrown', () => {
    const whole = certificate(psd2(ALL))
    for (let length = 0; length < whole.length; length++)
      expect(rolesOfPspIn(whole.subarray(0, length))).toEqual([])
  })

  it('the statement of the throw-away certificates is the same, octet for octet', () => {
    const made = Buffer.from(psd2Statement(['PSP_PI', 'PSP_AI']).value)
    const theirs = psd2(ALL.slice(1, 3))
      .replace('one=SEQUENCE:compliance\n', '')
      .replace('Bundesanstalt', 'Holdfast demo authority')
      .replace('DE-BAFIN', 'XX-HDA')
    expect(certificate(theirs).includes(made)).toBe(true)
  })
})
