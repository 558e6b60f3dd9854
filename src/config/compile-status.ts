import type { StatusLists } from '../domain/ports.ts'
import type { StatusRules } from '../verify/status-list/check.ts'
import type { IssuerDocument } from './document.ts'

/** Null where the status of tokens is ignored. */
export function compileStatus(
  { issuer, status_list: settings }: IssuerDocument,
  lists: StatusLists,
): StatusRules | null {
  if (settings.danger_ignore_status) return null
  return {
    required: settings.required,
    origins: new Set(settings.origins ?? [new URL(issuer).origin]),
    allowsUnavailable: settings.danger_allow_unavailable,
    lists,
  }
}
