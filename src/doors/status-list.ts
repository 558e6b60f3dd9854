/** Token status lists (draft-ietf-oauth-status-list-21). */
export type { StatusList, StatusLists } from '../domain/ports.ts'
export { checkStatus, type StatusRules } from '../verify/status-list/check.ts'
export { D as statusListDenials } from '../verify/status-list/denials.ts'
export {
  type StatusListToken,
  type StatusListTrust,
  verifyStatusListToken,
} from '../verify/status-list/list-token.ts'
