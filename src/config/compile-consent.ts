import type { ConsentSource } from '../domain/ports.ts'
import type { ConsentDemand } from '../verify/authority/consent.ts'
import type { ConsentPlace } from '../verify/authority/consent-id.ts'
import { parsePointer } from '../verify/authority/pointer.ts'
import type { ConsentDemandDocument, ConsentServiceDocument } from './schema/consent.ts'

/** Null: nobody's consent is asked for. */
export function compileConsent(
  demand: ConsentDemandDocument | undefined,
  services: Readonly<Record<string, ConsentServiceDocument>>,
  sources: (service: string) => ConsentSource,
): ConsentDemand | null {
  if (demand === undefined) return null
  const service = services[demand.service] as ConsentServiceDocument
  const { members } = service
  return {
    service: demand.service,
    places: compilePlaces(service.id),
    source: service.from_claim === undefined ? sources(demand.service) : parsePointer(service.from_claim),
    members: {
      state: parsePointer(members.state),
      clientId: parsePointer(members.client_id),
      permissions: parsePointer(members.permissions),
      expiresAt: parsePointer(members.expires_at),
      subject: members.subject === undefined ? null : parsePointer(members.subject),
    },
    states: new Set(service.states),
    permissions: demand.permissions,
    permissionsAny: demand.permissions_any ?? null,
  }
}

function compilePlaces(id: ConsentServiceDocument['id']): readonly ConsentPlace[] {
  const { claim, scope, authorization_details: type, member, header } = id
  const places: ConsentPlace[] = []
  if (claim !== undefined) places.push({ in: 'claim', pointer: parsePointer(claim) })
  if (scope !== undefined) places.push({ in: 'scope', prefix: scope })
  if (type !== undefined) places.push({ in: 'detail', type, pointer: parsePointer(member as string) })
  if (header !== undefined) places.push({ in: 'field', name: header.toLowerCase() })
  return places
}
