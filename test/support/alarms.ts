/** What Prometheus sees of a gateway, one sample a minute, as `promtool` writes it: `0x5 1+2x3` is 0 six times, then 1, 3, 5, 7. */
export type Samples = Readonly<Record<string, string>>

/** Something that goes wrong, and the alert that tells it. */
export interface Alarm {
  readonly alert: string
  /** Where one rule has several. */
  readonly when?: string
  readonly samples: Samples
  /** Minute in which it does not fire yet. */
  readonly before: number
  /** Minute in which it does. */
  readonly fires: number
  /** Labels of the alert beside its severity. */
  readonly labels?: Readonly<Record<string, string>>
  /** As somebody who is woken reads it. */
  readonly says: string
}

export const denials = (code: string) => `holdfast_denials_total{code="${code}"}`
/** The first refusal of its kind in the tenth minute. */
const FIRST = '0x9 1x30'
/** A refusal every minute from the fifth. */
const GOING_ON = '0x5 1+1x30'
const DAY = 24 * 60

export const ALARMS: readonly Alarm[] = [
  {
    alert: 'HoldfastAbsent',
    samples: { 'holdfast_info{version="1",snapshot="a"}': '1x5' },
    before: 11,
    fires: 13,
    says: 'No Holdfast can be scraped',
  },
  first('HoldfastFault', 'INTERNAL_FAULT', 'Holdfast failed on a request'),
  {
    alert: 'HoldfastThreadDied',
    samples: { holdfast_thread_deaths_total: FIRST },
    before: 9,
    fires: 10,
    says: 'A thread of Holdfast died and was replaced',
  },
  first('HoldfastLedgerFull', 'LEDGER_FULL', 'Holdfast has no room for spent proofs and refuses requests'),
  {
    alert: 'HoldfastLedgerFilling',
    samples: { holdfast_ledger_fill: '0.5x5 0.51x30' },
    before: 10,
    fires: 11,
    says: 'The ledger of spent proofs is filled to 51%',
  },
  lasting(
    'HoldfastRedisFailing',
    'holdfast_redis_failing',
    2,
    1,
    'Holdfast cannot ask Redis about proofs (2 threads)',
  ),
  lasting(
    'HoldfastRevocationsNotShared',
    'holdfast_revocations_failing',
    1,
    1,
    'Holdfast neither tells other replicas what is revoked nor hears it',
  ),
  refusing(
    'HoldfastLedgerUnready',
    10,
    () => 'Holdfast refuses proofs that it cannot judge',
  )('LEDGER_UNREADY'),
  refusing(
    'HoldfastOverloaded',
    5,
    () => 'Holdfast has more to do than it can and turns requests away',
  )('OVERLOADED'),
  {
    alert: 'HoldfastConnectionsDropped',
    samples: { 'holdfast_connections_dropped_total{reason="slow_read"}': '0+120x40' },
    before: 11,
    fires: 14,
    labels: { reason: 'slow_read' },
    says: 'Holdfast drops 2 connections a second (slow_read)',
  },
  {
    alert: 'HoldfastUpstreamFailing',
    samples: requests(94, 6),
    before: 5,
    fires: 7,
    labels: { route: 'GET /accounts' },
    says: 'Requests fail behind Holdfast: GET /accounts',
  },
  ...['UPSTREAM_BUSY', 'BODY_NO_ROOM', 'SIG_ANSWER_NO_ROOM', 'TOKEN_DECRYPTION_UNAVAILABLE'].map(
    refusing(
      'HoldfastTurnedAway',
      5,
      (code) => `Holdfast has no room for requests and turns them away (${code})`,
    ),
  ),
  ...[
    'TOKEN_INTROSPECTION_UNAVAILABLE',
    'TOKEN_STATUS_UNAVAILABLE',
    'TOKEN_STATUS_ORIGIN',
    'CONSENT_UNAVAILABLE',
  ].map(
    refusing(
      'HoldfastServiceFailing',
      2,
      (code) => `Holdfast gets no answer that it can rely on and refuses requests (${code})`,
    ),
  ),
  refusing(
    'HoldfastKeysUnavailable',
    2,
    () => 'Holdfast has no keys of an issuer and refuses its tokens',
  )('TOKEN_KEYS_UNAVAILABLE'),
  {
    alert: 'HoldfastKeysUnavailable',
    when: 'nobody was refused yet',
    samples: { 'holdfast_jwks_keys{issuer="bank"}': '2x5 0x30' },
    before: 7,
    fires: 8,
    labels: { issuer: 'bank' },
    says: 'Holdfast has no keys of an issuer and refuses its tokens',
  },
  {
    alert: 'HoldfastKeysStale',
    samples: { 'holdfast_jwks_age_seconds{issuer="bank"}': '0+60x90' },
    before: 60,
    fires: 61,
    labels: { issuer: 'bank' },
    says: 'The keys of bank were fetched 1h 1m 0s ago',
  },
  ...['DPOP_REPLAYED', 'TOKEN_SCHEME', 'DPOP_JKT', 'MTLS_THUMBPRINT', 'MTLS_REVOKED'].map((code) => ({
    alert: 'HoldfastMisuse',
    when: code,
    samples: { [denials(code)]: `0+1x${DAY} ${DAY + 40}+40x30` },
    before: DAY,
    fires: DAY + 15,
    labels: { code },
    says: `Many requests are refused with ${code}`,
  })),
  ...['DPOP_IAT', 'TOKEN_NOT_YET', 'SIG_CREATED_AHEAD', 'SIG_CREATED_EARLY'].map((code) => ({
    alert: 'HoldfastClockWrong',
    when: code,
    samples: {
      [`holdfast_denials_total{code="${code}",instance="a"}`]: '0+21x30',
      'holdfast_requests_total{route="GET /accounts",verdict="refused",instance="a"}': '0+100x30',
    },
    before: 2,
    fires: 4,
    labels: { instance: 'a' },
    says: 'Holdfast refuses what seems to be made ahead or long ago: a',
  })),
  ends(
    'HoldfastCertificateEnds',
    'certificate_not_after',
    'certificate',
    14 * DAY,
    (left) => `A certificate ends in ${left}: it`,
  ),
  ends(
    'HoldfastClientAuthorityEnds',
    'client_ca_not_after',
    'ca',
    60 * DAY,
    (left) => `A CA of client certificates ends in ${left}: it`,
  ),
  ends(
    'HoldfastSigningEnds',
    'signing_ends',
    'key',
    14 * DAY,
    (left) => `The turn of the last signing key ends in ${left}: it`,
  ),
  ...['SIGNING_UNAVAILABLE', 'SIG_SIGNER_FAILED'].map(
    refusing(
      'HoldfastSigningFailing',
      2,
      (code) => `Holdfast cannot sign and refuses what must be signed (${code})`,
    ),
  ),
  lasting(
    'HoldfastReloadRefused',
    'holdfast_reload_failing',
    1,
    0,
    'Holdfast refused a reload and serves what it served before',
  ),
  ends(
    'HoldfastRevocationListEnds',
    'crl_next_update',
    'crl',
    DAY / 2,
    (left) => `A revocation list ends in ${left}: it`,
  ),
  lasting(
    'HoldfastEvidenceFailing',
    'holdfast_evidence_failing',
    2,
    1,
    'Holdfast cannot keep evidence (2 threads)',
  ),
  {
    alert: 'HoldfastEvidenceLost',
    samples: { holdfast_evidence_lost_total: '0x14 7x30' },
    before: 14,
    fires: 15,
    says: 'Holdfast lost 7 records of evidence',
  },
  {
    alert: 'HoldfastLogWaits',
    samples: { holdfast_log_waiting_bytes: `0x5 ${1.5 * 1024 * 1024}x30` },
    before: 7,
    fires: 8,
    says: 'Nobody takes the log of Holdfast: 1.5MiB wait',
  },
  {
    alert: 'HoldfastLogLost',
    samples: { holdfast_log_lines_lost_total: '0x14 7x30' },
    before: 14,
    fires: 15,
    says: 'Holdfast lost 7 lines of its log',
  },
  {
    alert: 'HoldfastDanger',
    samples: { 'holdfast_danger{key="routes[0].danger_public"}': '_x6 1x5' },
    before: 5,
    fires: 6,
    labels: { key: 'routes[0].danger_public' },
    says: 'A setting weakens a rule: routes[0].danger_public',
  },
]

/** Of one route, so many a minute. */
export function requests(accepted: number, failed: number): Samples {
  const of = (verdict: string) => `holdfast_requests_total{route="GET /accounts",verdict="${verdict}"}`
  return { [of('accepted')]: `0+${accepted}x60`, [of('failed')]: `0+${failed}x60` }
}

/** A refusal that wakes somebody the first time. */
function first(alert: string, code: string, says: string): Alarm {
  return { alert, samples: { [denials(code)]: FIRST }, before: 9, fires: 10, labels: { code }, says }
}

/** A gauge that goes up in the sixth minute and stays there, and the rule that holds back for so many minutes. */
function lasting(alert: string, metric: string, value: number, hold: number, says: string): Alarm {
  return { alert, samples: { [metric]: `0x5 ${value}x30` }, before: 5 + hold, fires: 6 + hold, says }
}

/** Requests that go on being refused with a code, and the rule that holds back for so many minutes. */
function refusing(alert: string, hold: number, says: (code: string) => string): (code: string) => Alarm {
  return (code) => ({
    alert,
    when: code,
    samples: { [denials(code)]: GOING_ON },
    before: 5 + hold,
    fires: 6 + hold,
    labels: { code },
    says: says(code),
  })
}

/** Something that ends, and so many minutes before. Prometheus' clock begins at 0 here. */
function ends(
  alert: string,
  metric: string,
  label: string,
  minutes: number,
  says: (left: string) => string,
): Alarm {
  const days = Math.floor((minutes - 1) / DAY)
  const left = `${days > 0 ? `${days}d ` : ''}${minutes % DAY === 0 ? 23 : 11}h 59m 0s`
  return {
    alert,
    samples: { [`holdfast_${metric}_seconds{${label}="it"}`]: `${(minutes + 5) * 60}x30` },
    before: 5,
    fires: 6,
    labels: { [label]: 'it' },
    says: says(left),
  }
}
