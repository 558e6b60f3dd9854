import fc from 'fast-check'
import { completed } from '../../support/gateway.ts'

/** What matters of a configuration where requests may come once: two routes, and one request that may fall to either. */
export interface Choice {
  /** For the path of the requests alone; null: there is no such route. */
  readonly own: Rules | null
  /** For all paths. */
  readonly all: Rules
  readonly isSecretShared: boolean
}

export interface Rules {
  readonly way: 'enforce' | 'shadow' | 'public'
  readonly nonce: 'off' | 'optional' | 'required'
  readonly nonceAge: string
  readonly window: Window
  readonly signed: Signed | null
}

interface Window {
  readonly max_age: string
  readonly clock_skew: string
}

interface Signed {
  readonly once: 'unsafe' | 'all'
  readonly several: 'one' | 'any' | 'all'
  readonly nonce: 'optional' | 'required'
  readonly window: Window
}

const windows = fc.constantFrom(
  { max_age: '60s', clock_skew: '10s' },
  { max_age: '60s', clock_skew: '0s' },
  { max_age: '60s', clock_skew: '60s' },
  { max_age: '10s', clock_skew: '10s' },
)

const fields = {
  way: fc.constantFrom<Rules['way'][]>('enforce', 'enforce', 'enforce', 'shadow', 'public'),
  nonce: fc.constantFrom<Rules['nonce'][]>('off', 'optional', 'required'),
  nonceAge: fc.constantFrom('5m', '30s'),
  window: windows,
  signed: fc.option(
    fc.record<Signed>({
      once: fc.constantFrom('all', 'unsafe'),
      several: fc.constantFrom('any', 'all', 'one'),
      nonce: fc.constantFrom('optional', 'required'),
      window: windows,
    }),
    { freq: 3 },
  ),
}
const rules = fc.record<Rules>(fields)

export const configurations = fc.record<Choice>({
  own: fc.option(rules, { freq: 2 }),
  all: rules,
  isSecretShared: fc.boolean(),
})

/** A reload changes a little, as operators do. */
export interface Change {
  readonly own?: Partial<Rules> | null
  readonly all?: Partial<Rules>
  readonly isSecretShared?: boolean
}

const part = fc.oneof(
  ...Object.entries(fields).map(([key, values]) =>
    (values as fc.Arbitrary<unknown>).map((value) => ({ [key]: value })),
  ),
)
export const changes: fc.Arbitrary<Change> = fc.oneof(
  { weight: 5, arbitrary: part.map((own) => ({ own })) },
  { weight: 5, arbitrary: part.map((all) => ({ all })) },
  { weight: 2, arbitrary: fc.constant({ own: null }) },
  { weight: 1, arbitrary: fc.boolean().map((isSecretShared) => ({ isSecretShared })) },
)

export function changed(before: Choice, { own, all, ...rest }: Change): Choice {
  const next = own === null ? null : { ...(before.own ?? before.all), ...own }
  return { ...before, ...rest, all: { ...before.all, ...all }, own: own === undefined ? before.own : next }
}

/** Seconds: the furthest ahead that any route lets anything be dated. */
export function widestSkew({ own, all }: Choice): number {
  const judging = [own, all].flatMap((each) => (each === null || each.way === 'public' ? [] : [each]))
  const skews = judging.flatMap(({ window, signed }) => [
    window.clock_skew,
    signed?.window.clock_skew ?? '0s',
  ])
  return Math.max(0, ...skews.map((each) => Number.parseInt(each, 10)))
}

export async function documentOf({ own, all, isSecretShared }: Choice): Promise<object> {
  const routes = [
    ...(own === null ? [] : [routeOf('/accounts', own, 'own')]),
    routeOf('/**', all, 'all'),
    // Keeps the ledger as large as any of these wants it, so that every reload is taken.
    { path: '/sized', upstream: 'bank', require: { issuer: 'bank', dpop: SIZED } },
  ]
  return {
    ...(await completed({ upstreams: { bank: { url: 'http://127.0.0.1:9' } }, routes })),
    clients: [{ client_id: 'tpp-1', jwks_file: 'client.jwks.json' }],
    replay: { rate: 1 },
    signature_profiles: { ...profile('own', own), ...profile('all', all) },
    ...(isSecretShared ? { dpop_nonce: { secret_file: 'nonce.secret' } } : {}),
  }
}

function routeOf(path: string, { way, nonce, nonceAge, window, signed }: Rules, name: string): object {
  const route = { path, upstream: 'bank' }
  if (way === 'public') return { ...route, danger_public: true }
  const signature = signed === null ? {} : { signature: name }
  const require = { issuer: 'bank', dpop: { nonce, nonce_age: nonceAge, ...window }, ...signature }
  return { ...route, require, ...(way === 'shadow' ? { enforce: 'shadow' } : {}) }
}

function profile(name: string, given: Rules | null): object {
  if (given === null || given.signed === null || given.way === 'public') return {}
  const { window, ...signed } = given.signed
  const covered = { always: ['@method', '@target-uri', 'authorization'], if_present: [] }
  return { [name]: { request: { ...covered, ...signed, ...window }, response: 'off' } }
}

const SIZED = { nonce: 'required', nonce_age: '6m', max_age: '10s', clock_skew: '0s' }
