import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { elementAt } from '../../src/codec/der.ts'
import { nameText, subjectText } from '../../src/codec/distinguished-name.ts'

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

const element = (tag: number, ...contents: readonly Buffer[]) => {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.of(tag, content.length), content])
}
const CN = element(0x06, Buffer.of(0x55, 4, 3))
const nameOf = (...attribute: readonly Buffer[]) => element(0x30, element(0x31, element(0x30, ...attribute)))
const told = (name: Buffer) => nameText(name, elementAt(name, 0)!)

it('reads a string of two octets a character, without one that is left over', () => {
  const ascii = told(nameOf(CN, element(0x0c, Buffer.from('Aé\tb'))))
  expect(ascii).toBe('[[["550403","aé b"]]]')
  const octets = [0, 0x41, 0, 0xe9, 0, 0x09, 0, 0x62]
  expect(told(nameOf(CN, element(0x1e, Buffer.from(octets))))).toBe(ascii)
  expect(told(nameOf(CN, element(0x1e, Buffer.from([...octets, 7]))))).toBe(ascii)
})

it('an attribute without a value, or of nothing, is told as that', () => {
  expect([told(nameOf(CN)), told(nameOf())]).toEqual(['[[[]]]', '[[[]]]'])
})

it('the subject stands behind the version where there is one (RFC 5280 §4.1)', () => {
  const other = element(0x30)
  const name = nameOf(CN, element(0x0c, Buffer.from('CA')))
  const first = element(0xa0, element(0x02, Buffer.of(2)))
  const serial = element(0x02, Buffer.of(1))
  for (const version of [[], [first]]) {
    const fields = [...version, serial, other, other, other, name, other]
    expect(subjectText(element(0x30, element(0x30, ...fields)))).toBe('[[["550403","ca"]]]')
  }
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
