import type { Log } from '../../services/log/log.ts'
import type { Settings } from '../settings/settings.ts'

/** Says at start how large the caches of one thread can grow, so that nobody learns it from a process that was killed. */
export function stateCaches({ document, askingKeys, consentMaterials }: Settings, log: Log): void {
  const { tokens, dpop_keys: keys, introspected_tokens: answers, consents } = document.caches
  const kibibytes = tokens * TOKEN + keys * KEY + answers * ANSWER * 1.2 * askingKeys.size
  const said = consents * CONSENT * consentMaterials.size
  log.info('caches, each thread, when full', {
    mebibytes: Math.ceil((AT_MOST * (kibibytes + said)) / 1024),
    tokens,
    dpop_keys: keys,
    introspected_tokens: askingKeys.size === 0 ? 0 : answers,
    consents: consentMaterials.size === 0 ? 0 : consents,
  })
}

/** How many times its size a memo may grow to. */
const AT_MOST = 2
/** KiB an entry. A token of 500 characters takes 1.5; of a longer one each 1,024 count as an entry. */
const TOKEN = 2.5
const KEY = 2.5
const ANSWER = 0.5
const CONSENT = 1
