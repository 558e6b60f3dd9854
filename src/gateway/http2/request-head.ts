import { D } from '../../decision/denials.ts'
import type { RawRequest } from '../../decision/scan.ts'
import type { Shown } from '../../domain/peer-identity.ts'
import { RequestFault } from '../request-fault.ts'

/**
 * The pseudo-header fields and the rest, out of the flat list; or why it is no request: it is larger than so many octets, or RFC 9113
 * §8.3.1 is not kept.
 */
export function readStreamHead(
  flat: readonly string[],
  endsHere: boolean,
  { peer, peerRejected }: Shown,
  limit: number,
): RawRequest | RequestFault {
  const pseudo = new Map<string, string>()
  let at = 0
  for (; at < flat.length && (flat[at] as string).startsWith(':'); at += 2) {
    if (pseudo.has(flat[at] as string)) return MALFORMED
    pseudo.set(flat[at] as string, flat[at + 1] as string)
  }
  const method = pseudo.get(':method')
  const target = pseudo.get(':path')
  const fields = flat.slice(at)
  if (listSize(flat) > limit) {
    const denial = (target?.length ?? 0) > limit ? D.TARGET_TOO_LONG : D.FIELDS_TOO_LARGE
    return new RequestFault(`more than ${limit} octets`, denial, fields)
  }
  const wellFormed =
    method !== undefined &&
    target !== undefined &&
    pseudo.get(':scheme') === 'https' &&
    !pseudo.has(':protocol')
  if (!wellFormed || !(target.startsWith('/') || target === '*')) return MALFORMED
  return {
    version: '2',
    method,
    target,
    authority: pseudo.get(':authority') ?? null,
    fields,
    mayHaveBody: !endsHere,
    peer,
    peerRejected,
  }
}

/** As the peer counts it (RFC 9113 §6.5.2). */
function listSize(flat: readonly string[]): number {
  return flat.reduce((size, each) => size + each.length, OCTETS_A_FIELD * (flat.length / 2))
}

const OCTETS_A_FIELD = 32
const MALFORMED = new RequestFault('pseudo-header fields', D.TARGET_MALFORMED)
