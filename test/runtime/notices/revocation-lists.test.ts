import { expect, it } from 'vitest'
import { makeAuthority } from '../../../certs/issue.ts'
import { noticeText } from '../../../src/config/problem.ts'
import {
  revocationListEnds,
  revocationListFaults,
  revocationListNotices,
} from '../../../src/runtime/notices/revocation-lists.ts'
import type { Settings } from '../../../src/runtime/settings/settings.ts'
import { shortList } from '../../support/wire-pki.ts'

const DAY = 86_400
const NOW = Math.floor(Date.now() / 1000)
const settings = (clientCa: readonly string[], clientCrl: readonly string[]) =>
  ({ listeners: [{ tls: { clientCa, clientCrl } }] }) as unknown as Settings
const told = (clientCa: readonly string[], clientCrl: readonly string[], now = NOW) =>
  [...revocationListNotices(settings(clientCa, clientCrl), now)].map(noticeText)

it('tells of an authority that has no revocation list while another has one', async () => {
  const [first, second] = [await makeAuthority('CN=First CA', 90), await makeAuthority('CN=Second CA', 90)]
  const [one, both] = [await first.revoke(), `${await first.revoke()}${await second.revoke()}`]
  const says = 'there is no list of CN=Second CA in `client_crl`; no client that leads to it is let in'
  expect(told([`${first.certificate}${second.certificate}`], [one])).toEqual([
    `listeners[0].tls.client_ca[0]: ${says}`,
  ])
  expect(told([first.certificate, second.certificate], [one])).toEqual([
    `listeners[0].tls.client_ca[1]: ${says}`,
  ])
  expect(told([first.certificate, second.certificate], [both])).toEqual([])
  expect(told([first.certificate, second.certificate], [])).toEqual([])
})

it('objects to an authority whose lists have all ended, not to one that has ended itself', async () => {
  const authority = await makeAuthority('CN=Client CA', 3)
  const [old, next] = [await shortList(authority, 60), await authority.revoke()]
  const faults = (clientCrl: readonly string[], at: number) => [
    ...revocationListFaults(settings([authority.certificate], clientCrl), at),
  ]
  expect(faults([], NOW)).toEqual([])
  expect(faults([old], NOW)).toEqual([])
  expect(faults([old], NOW + 3600)).toEqual([
    {
      path: ['listeners', 0, 'tls', 'client_crl', 0],
      expected: 'a revocation list that counts now',
      found: expect.stringMatching(/^one of CN=Client CA that ended on \d{4}-/),
    },
  ])
  expect(faults([old, next], NOW + 3600)).toEqual([])
  expect(faults([old], NOW + 4 * DAY)).toEqual([])
})

it('tells when a revocation list ends in time, and that nobody gets in once it has', async () => {
  const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10)
  const authority = await makeAuthority('CN=Bank CA', 90)
  const brief = await (await makeAuthority('CN=Client CA', 3)).revoke()
  const lists = [await authority.revoke(), `${await authority.revoke()}${brief}`]
  const ends = revocationListEnds(settings([], lists))
  const at = 'listeners[0].tls.client_crl[1]'
  const end = ends.get(at) as number
  expect(end - NOW).toBeLessThan(4 * DAY)
  expect((ends.get('listeners[0].tls.client_crl[0]') as number) - NOW).toBeGreaterThan(80 * DAY)
  expect(told([], lists)).toEqual([])
  expect(told([], lists, end - DAY / 2)).toEqual([`${at}: a revocation list ends on ${day(end)}`])
  expect(told([], lists, end + 1)).toEqual([
    `${at}: a revocation list ended on ${day(end)}; no client of the authority that made it is let in`,
  ])
  expect(told([], [await shortList(authority, 60), await authority.revoke()], NOW + 3600)).toEqual([])
})
