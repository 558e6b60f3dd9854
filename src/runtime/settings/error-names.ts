import type { Document } from '../../config/document.ts'
import { didYouMean } from '../../config/nearest.ts'
import { D as request } from '../../decision/denials.ts'
import type { Materials } from '../../services/materials/materials.ts'
import { F as upstream } from '../../services/upstream/faults.ts'
import { D as token } from '../../verify/access-token/denials.ts'
import { D as authority } from '../../verify/authority/denials.ts'
import { D as digest } from '../../verify/content-digest/denials.ts'
import { D as dpop } from '../../verify/dpop/denials.ts'
import { D as signature } from '../../verify/message-signature/denials.ts'
import { D as mtls } from '../../verify/mtls/denials.ts'
import { D as status } from '../../verify/status-list/denials.ts'

/** A code that is renamed for clients must be one that there is, and what has a title a name that clients see; one that gets another status, one whose status says no more than the body. */
export function checkErrorNames({ errors }: Document, { faults }: Materials): void {
  for (const code of Object.keys(errors.names)) {
    if (isCode(code)) continue
    const path = ['errors', 'names', code]
    faults.push({ path, expected: EXPECTED, found: `"${code}"`, ...didYouMean(code, CODES) })
  }
  const called = new Set([...Object.values(errors.names), ...CODES])
  for (const name of Object.keys(errors.titles)) {
    if (called.has(name)) continue
    const path = ['errors', 'titles', name]
    faults.push({ path, expected: CALLED, found: `"${name}"`, ...didYouMean(name, called) })
  }
  for (const [code, status] of Object.entries(errors.statuses)) {
    const path = ['errors', 'statuses', code]
    // Of a public route as well, which has no challenge to go with it (RFC 9110 §15.5.2).
    if (status === 401 && Object.hasOwn(digest, code))
      faults.push({ path, expected: 'a status that is not about credentials', found: '401' })
    if (FREE.has(code)) continue
    faults.push({
      path,
      expected: FREE_EXPECTED,
      found: `"${code}"`,
      ...(CODES.has(code) ? {} : didYouMean(code, FREE)),
    })
  }
}

/** `TOKEN_*` stands for those that begin so. */
function isCode(code: string): boolean {
  const begin = code.endsWith('*') ? code.slice(0, -1) : undefined
  return begin === undefined ? CODES.has(code) : [...CODES].some((each) => each.startsWith(begin))
}

const EXPECTED = 'a code of config/CODES.md'
const CALLED = 'what `errors.names` calls a code, or a code of config/CODES.md'
const FREE_EXPECTED = 'a code of a consent, a certificate or a body, such as CONSENT_STATE'

/** Clients of OAuth go by the status of the others (RFC 6750 §3.1), or by that of a 503 (RFC 9110 §15.6.4). */
const FREE: ReadonlySet<string> = new Set(
  [authority, digest]
    .flatMap((each) => Object.values(each))
    .filter(({ challenged, status }) => challenged === 'none' && status < 500)
    .map(({ code }) => code),
)

/** The code of every refusal that there is. */
export const CODES: ReadonlySet<string> = new Set(
  [request, token, dpop, mtls, status, signature, authority, digest, upstream].flatMap((each) =>
    Object.keys(each),
  ),
)
