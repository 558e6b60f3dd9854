import { denials, requests, type Samples } from './alarms.ts'

/** What is like something that goes wrong, or happens every day, and wakes nobody in an hour. */
export const NO_ALARMS: Readonly<Record<string, Samples>> = {
  'nothing but good requests': {
    ...requests(100, 0),
    'holdfast_jwks_keys{issuer="bank"}': '2x60',
    'holdfast_jwks_age_seconds{issuer="bank"}': '0+60x29 0+60x29',
    holdfast_ledger_fill: '0.5x60',
    holdfast_redis_failing: '0x60',
    holdfast_revocations_failing: '0x60',
    holdfast_evidence_failing: '0x60',
    holdfast_reload_failing: '0x60',
    holdfast_thread_deaths_total: '3x60',
    holdfast_evidence_lost_total: '7x60',
    holdfast_log_lines_lost_total: '7x60',
    [denials('INTERNAL_FAULT')]: '1x60',
    [denials('LEDGER_FULL')]: '1x60',
  },
  'one request in twenty-five that fails': requests(96, 4),
  'proofs that cannot be judged for a minute, as after a start': {
    [denials('LEDGER_UNREADY')]: '0x5 600x60',
  },
  'an overload for a moment': { [denials('OVERLOADED')]: '0x5 600x60' },
  'Redis away for a moment': { holdfast_redis_failing: '0x5 2 0x60' },
  'a connection dropped now and then': {
    'holdfast_connections_dropped_total{reason="slow_read"}': '0+30x60',
  },
  'replays, but few': { [denials('DPOP_REPLAYED')]: '0x30 1+2x30' },
  'one client in ten whose clock is off': {
    [denials('DPOP_IAT')]: '0+10x60',
    ...requests(100, 0),
  },
}
