import type { UnixSeconds } from '../../domain/check.ts'
import type { Ends } from '../../services/metrics/control-metrics.ts'
import type { Settings } from '../settings/settings.ts'
import { authorityEnds, certificateEnds } from './certificates.ts'
import { revocationListEnds } from './revocation-lists.ts'
import { signingEnds } from './signing-turns.ts'

/** When what serves ends: for the metrics, as nobody starts or reloads a gateway to be told. */
export function endsOf(settings: Settings, now: UnixSeconds): Ends {
  return {
    certificates: certificateEnds(settings),
    authorities: authorityEnds(settings),
    revocationLists: revocationListEnds(settings),
    signing: signingEnds(settings, now),
  }
}
