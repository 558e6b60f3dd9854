import { expect, it } from 'vitest'
import { makeAuthority } from '../../../certs/issue.ts'
import { noticeText } from '../../../src/config/problem.ts'
import { missingListNotices } from '../../../src/runtime/notices/missing-lists.ts'
import type { Settings } from '../../../src/runtime/settings/settings.ts'

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
