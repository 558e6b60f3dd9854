import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { subjectText } from '../../src/codec/distinguished-name.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-name-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('neither case, white space nor the kind of a string make another name', () => {
  expect(textOf('/C=BR/CN=Client  CA')).toBe(textOf('/C=BR/CN=client ca '))
  expect(textOf('/CN=Client CA', 'nombstr')).toBe(textOf('/CN=Client CA', 'utf8only'))
})

it.each([
  ['a value', '/CN=Client CA 1', '/CN=Client CA 2'],
  ['a type', '/O=Client CA', '/CN=Client CA'],
  ['the order', '/O=Bank/CN=CA', '/CN=CA/O=Bank'],
  ['what stands beside it', '/CN=CA', '/CN=CA/O=Bank'],
  ['two values in one', '/O=Bank+CN=CA', '/O=Bank/CN=CA'],
])('%s makes another name', (_, one, other) => {
  expect(textOf(one)).not.toBe(textOf(other))
})

it('reads what is not ASCII, and an empty name', () => {
  expect(textOf('/CN=Ação')).toContain('"ação"')
  expect(textOf('/CN=Ação', 'default')).toContain('"ação"')
  expect(textOf('/')).toBe('[]')
})

it('has nothing of what is no certificate, or cut off', () => {
  const { raw } = certificate('/CN=CA', 'utf8only')
  for (let length = 0; length < 60; length++) expect(subjectText(raw.subarray(0, length))).toBeUndefined()
  expect(subjectText(Buffer.alloc(100, 0xff))).toBeUndefined()
})

function textOf(subject: string, mask = 'utf8only'): string {
  return subjectText(certificate(subject, mask).raw) as string
}

/** `mask`: which kinds of strings its name may have. */
function certificate(subject: string, mask: string): X509Certificate {
  const make = 'req -x509 -utf8 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -multivalue-rdn -keyout'
  const config = join(folder, 'name.cnf')
  writeFileSync(config, `[req]\ndistinguished_name=d\nstring_mask=${mask}\n[d]\n`)
  const args = [...make.split(' '), '/dev/null', '-config', config, '-subj', subject]
  return new X509Certificate(execFileSync('openssl', args, { stdio: 'pipe' }))
}
