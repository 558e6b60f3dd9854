import { checkCertificateBinding } from '../../../../src/verify/mtls/binding.ts'
import { NOW } from '../../../support/clock.ts'
import { aPeer } from '../../../support/request.ts'
import { THUMBPRINT } from '../../../support/token.ts'
import type { Micro } from '../micro.ts'

export function mtlsMicros(): readonly Micro[] {
  const shown = { peer: aPeer(), peerRejected: null }
  return [
    {
      title: 'certificate binding: accepted',
      once: () => {
        if (checkCertificateBinding(THUMBPRINT, shown, NOW) !== undefined) throw new Error('refused')
      },
    },
  ]
}
