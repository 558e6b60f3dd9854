import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { type Authority, makeAuthority } from '../../../certs/issue.ts'
import { parseCertificate } from '../../../src/codec/certificate.ts'
import { noticeText } from '../../../src/config/problem.ts'
import type { UnixSeconds } from '../../../src/domain/check.ts'
import {
  authorityEnds,
  certificateEnds,
  certificateFaults,
  certificateNotices as noticesOf,
} from '../../../src/runtime/notices/certificates.ts'
import type { Settings } from '../../../src/runtime/settings/settings.ts'

const DAY = 86_400
const NOW = Math.floor(Date.now() / 1000)
const AT = 'listeners[0].tls.certificate'
const certificateNotices = (all: Settings, now: UnixSeconds) => [...noticesOf(all, now)].map(noticeText)

let authority: Authority
let certificate: string

beforeAll(async () => {
  authority = await makeAuthority('CN=Bank CA', 90)
  const names = { dns: ['api.bank.example', '*.pay.example'], ip: ['192.0.2.1'] }
  certificate = (await authority.issue({ subject: 'CN=server', usage: 'serverAuth', ...names })).certificate
})

function settings(origins: readonly string[], clientCa: readonly string[] = []): Settings {
  return {
    document: { listeners: [{ public_origin: origins }] },
    listeners: [{ tls: { certificate, clientCa } }],
    upstreams: new Map([['bank', { certificate: null }]]),
    askingKeys: new Map(),
    consentMaterials: new Map(),
  } as unknown as Settings
}

const BANK = ['https://api.bank.example', 'https://a.pay.example', 'https://192.0.2.1:8443']
const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10)

it('says nothing of a certificate that is valid for long, under each name that clients call', () => {
  const all = settings(BANK, [authority.certificate])
  expect([[...certificateFaults(all, NOW)], certificateNotices(all, NOW)]).toEqual([[], []])
})

it('tells when one ends in time, and objects where it has ended, or begins later', () => {
  const all = settings(BANK)
  const end = certificateEnds(all).get(AT) as number
  expect(certificateNotices(all, end - 13 * DAY)).toEqual([`${AT}: the certificate ends on ${day(end)}`])
  for (const [now, found] of [
    [end + 1, `ended on ${day(end)}`],
    [NOW - 2 * DAY, 'begins on'],
  ] as const) {
    expect(certificateNotices(all, now)[0]).toContain(`${AT}: the certificate ${found}`)
    expect([...certificateFaults(all, now)]).toMatchObject([
      { path: ['listeners', 0, 'tls', 'certificate'], found: expect.stringContaining(found) },
    ])
  }
})

it('tells of an authority that has ended, whose clients are let in no more', () => {
  const all = settings(BANK, [authority.certificate])
  expect(certificateNotices(all, NOW + 91 * DAY).join('\n')).toMatch(
    /listeners\[0\]\.tls\.client_ca\[0\]: CN=Bank CA ended on .*; no client that leads to it is let in/,
  )
})

it('tells of an authority that ends in time for its clients to get certificates of another', () => {
  const all = settings(BANK, [authority.certificate])
  const at = 'listeners[0].tls.client_ca[0]'
  const end = authorityEnds(all).get(at) as number
  expect(end - NOW).toBeGreaterThan(80 * DAY)
  expect(certificateNotices(all, end - 29 * DAY)).toEqual([
    `${at}: CN=Bank CA ends on ${day(end)}; no client that leads to it is let in from then on`,
  ])
})

it('tells when the certificate that we show to Redis ends', () => {
  const all = { ...settings(BANK), redis: { certificate } } as unknown as Settings
  const end = certificateEnds(all).get('replay.redis.certificate') as number
  expect(certificateNotices(all, end - DAY)).toContain(
    `replay.redis.certificate: the certificate ends on ${day(end)}`,
  )
})

it('tells of a name that clients call and the certificate does not have', () => {
  const other = settings([...BANK, 'https://a.b.pay.example', 'https://[2001:db8::1]'])
  expect(certificateNotices(other, NOW)).toEqual(
    ['a.b.pay.example', '2001:db8::1'].map(
      (host) =>
        `${AT}: the certificate is not for ${host}, which \`public_origin\` names, but for api.bank.example, *.pay.example, 192.0.2.1`,
    ),
  )
})

it('takes the common name of a certificate for none that clients call', () => {
  const host = 'api.bank.example'
  certificate = certificateOf(`/CN=${host}`)
  expect(certificateNotices(settings([`https://${host}`]), NOW)).toContain(
    `${AT}: the certificate is not for ${host}, which \`public_origin\` names, but for CN=${host}`,
  )
})

it('has a word for a certificate without a name', () => {
  certificate = certificateOf('/')
  const says = certificateNotices(settings(['https://api.bank.example'], [certificate]), NOW + 2 * DAY).join(
    '\n',
  )
  expect(says).toContain('client_ca[0]: a certificate without a name ended on')
  expect(says).toContain('names, but for a certificate without a name')
  expect(parseCertificate(new X509Certificate(certificate).raw)?.subject).toBe('')
})

it('tells of one that is for other things than servers, which a client refuses; not of one that does not say', () => {
  const make = (usage: string) => {
    const key = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout -'
    const names = '-days 90 -subj /CN=server -addext subjectAltName=DNS:api.bank.example'
    const args = `${key} ${names}${usage && ` -addext extendedKeyUsage=${usage}`}`.split(' ')
    return execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' })
  }
  for (const usage of ['', 'serverAuth', 'clientAuth,serverAuth', 'clientAuth', 'anyExtendedKeyUsage']) {
    certificate = make(usage)
    const isTaken = usage === '' || usage.includes('serverAuth')
    const says = `${AT}: the certificate is not for servers: its extended key usage has no serverAuth; clients refuse it`
    // It begins now, which may be a second after the tests began.
    const told = certificateNotices(settings(['https://api.bank.example']), NOW + DAY)
    expect(told).toEqual(isTaken ? [] : [says])
    expect(verified(certificate)).toBe(isTaken)
  }
})

/** What a client of OpenSSL makes of it. */
function verified(pem: string): boolean {
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-usage-')), 'server.pem')
  try {
    writeFileSync(file, pem)
    execFileSync('openssl', ['verify', '-purpose', 'sslserver', '-CAfile', file, file], { stdio: 'pipe' })
    return true
  } catch {
    return false
  } finally {
    rmSync(dirname(file), { recursive: true })
  }
}

/** Without alternative names. */
function certificateOf(subject: string): string {
  const make =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -keyout /dev/null -out - -subj'
  return execFileSync('openssl', [...make.split(' '), subject], { encoding: 'utf8', stdio: 'pipe' })
}
