import { expect, it } from 'vitest'
import { makeAuthority } from '../../../certs/issue.ts'
import { noticeText } from '../../../src/config/problem.ts'
import { endedListFaults, missingListNotices } from '../../../src/runtime/notices/missing-lists.ts'
import type { Settings } from '../../../src/runtime/settings/settings.ts'
import { shortList } from '../../support/wire-pki.ts'

const told = (clientCa: readonly string[], clientCrl: readonly string[]) =>
  [...missingListNotices({ listeners: [{ tls: { clientCa, clientCrl } }] } as unknown as Settings)].map(
    noticeText,
  )

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
  const now = Math.floor(Date.now() / 1000)
  const authority = await makeAuthority('CN=Client CA', 3)
  const [old, next] = [await shortList(authority, 60), await authority.revoke()]
  const faults = (clientCrl: readonly string[], at: number) => [
    ...endedListFaults(
      { listeners: [{ tls: { clientCa: [authority.certificate], clientCrl } }] } as unknown as Settings,
      at,
    ),
  ]
  expect(faults([], now)).toEqual([])
  expect(faults([old], now)).toEqual([])
  expect(faults([old], now + 3600)).toEqual([
    {
      path: ['listeners', 0, 'tls', 'client_crl', 0],
      expected: 'a revocation list that counts now',
      found: expect.stringMatching(/^one of CN=Client CA that ended on \d{4}-/),
    },
  ])
  expect(faults([old, next], now + 3600)).toEqual([])
  expect(faults([old], now + 4 * 86_400)).toEqual([])
})
