import { X509Certificate } from 'node:crypto'
import { expect, it } from 'vitest'
import { makeAuthority } from '../../certs/issue.ts'
import { revocationListsIn } from '../../src/codec/revocation-list.ts'
import { ClientTrust } from '../../src/gateway/client-trust.ts'
import type { ListenerTls } from '../../src/gateway/tls-options.ts'
import { shortList } from '../support/wire-pki.ts'

const [first, last] = [await makeAuthority('CN=one CA', 1), await makeAuthority('CN=another CA', 2)]
const list = await shortList(first, 60)
const tls = {
  // Both in one file.
  clientCa: [`${first.certificate}\n${last.certificate}`],
  clientCrl: [list],
} as unknown as ListenerTls

it.each([
  ['revocation list', revocationListsIn(list)[0]!.nextUpdate],
  ['CA', new X509Certificate(first.certificate).validToDate.getTime() / 1000],
  ['other CA of the same file', new X509Certificate(last.certificate).validToDate.getTime() / 1000],
])('the end of a %s is noticed once, behind its last second', (_, ends) => {
  let now = ends - 1
  const trust = new ClientTrust(tls, () => now)
  const at = (time: number) => {
    now = time
    return trust.hasEnded()
  }
  expect([at(ends), at(ends + 1), at(ends + 2)]).toEqual([false, true, false])
  // However seldom that is asked.
  now = ends - 1
  const late = new ClientTrust(tls, () => now)
  now = ends + 5
  expect([late.hasEnded(), late.hasEnded()]).toEqual([true, false])
  // What had ended before trusts nobody, and takes nothing away.
  expect(new ClientTrust(tls, () => ends + 1).hasEnded()).toBe(false)
})
