import { utcTime } from '../../codec/utc-time.ts'
import { isSignedForward, signsAnswers } from '../../config/compile-signature.ts'
import type { Document, RouteDocument } from '../../config/document.ts'
import { type Fault, type Notice, type Path, pathText } from '../../config/problem.ts'
import { appliesTo } from '../../config/published-paths.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { SignerSource } from '../../domain/ports.ts'
import { SigningKeys } from '../../services/signing/signing-keys.ts'
import type { Settings } from '../settings/settings.ts'
import { signingKeys } from '../settings/signing.ts'
import { NEAR } from './lives.ts'

/** Routes that must sign while no key of theirs has its turn, by the key that comes closest. */
interface Silence {
  readonly path: Path
  readonly found: string
  readonly routes: Path[]
}

/** What is wrong today with the turns of our keys: a request whose answer cannot be signed is refused. */
export function* turnFaults(settings: Settings, now: UnixSeconds): Iterable<Fault> {
  for (const { path, found, routes } of silences(settings, now))
    yield { path, expected: 'a key that has its turn', found, hint: consequence(routes) }
}

export function* turnNotices(settings: Settings, now: UnixSeconds): Iterable<Notice> {
  for (const { path, found, routes } of silences(settings, now))
    yield { path, says: `no key has its turn, there is ${found}; ${consequence(routes)}` }
  const { at, path, routes } = firstSilence(settings, now) ?? NEVER
  if (at > now && at - now < NEAR)
    yield { path, says: `from ${utcTime(at)} on no key has its turn; ${consequence(routes)}` }
}

/** From when on something that must be signed cannot be, in Unix seconds, by the place of the key in the configuration. */
export function signingEnds(settings: Settings, now: UnixSeconds): ReadonlyMap<string, UnixSeconds> {
  const first = firstSilence(settings, now)
  return new Map(first === undefined ? [] : [[pathText(first.path), first.at]])
}

/** Now, or where the turn of a key ends and none takes over. */
function firstSilence(
  settings: Settings,
  now: UnixSeconds,
): (Silence & { readonly at: UnixSeconds }) | undefined {
  const ends = settings.document.signing.flatMap(({ sign_until: until = now }) =>
    until > now ? [until] : [],
  )
  for (const at of [now, ...ends.sort((one, other) => one - other)]) {
    const [silence] = silences(settings, at)
    if (silence !== undefined) return { ...silence, at }
  }
  return undefined
}

function silences(settings: Settings, now: UnixSeconds): Iterable<Silence> {
  const { document } = settings
  const keys = new SigningKeys(signingKeys(settings.signingKeys))
  const known = new Map<string, Silence>()
  for (const [index, route] of document.routes.entries()) {
    if (!signs(route, document)) continue
    const source = keys.source(route.signing_key ?? null)
    for (const authority of authoritiesOf(route, document)) {
      if (source.current(authority, now) !== undefined) continue
      const closest = closestTurn(settings, source, authority, now)
      const place = pathText(closest.path)
      const silence = known.get(place) ?? { ...closest, routes: [] }
      known.set(place, silence)
      if (silence.routes.at(-1)?.[1] !== index) silence.routes.push(['routes', index])
    }
  }
  return known.values()
}

/** Whether something of each request there is signed by us: its answer, or what the upstream is told. */
function signs(route: RouteDocument, document: Document): boolean {
  const identifies = document.upstreams[route.upstream]?.identity === 'jwt'
  const asksForToken = route.require !== undefined && route.enforce !== 'shadow'
  return signsAnswers(route, document) || isSignedForward(route, document) || (identifies && asksForToken)
}

function authoritiesOf({ hosts }: RouteDocument, { listeners }: Document): readonly string[] {
  const all = listeners.flatMap(({ public_origin: origins }) => origins.map((origin) => new URL(origin).host))
  return all.filter((authority) => appliesTo(hosts ?? null, authority))
}

/** The next turn that begins, else the last that ended: whose it was is asked for that moment. */
function closestTurn(
  { document: { signing } }: Settings,
  source: SignerSource,
  authority: string,
  now: UnixSeconds,
): Omit<Silence, 'routes'> {
  const begin = signing.flatMap(({ sign_from: from = 0 }) => (from > now ? [from] : []))
  const ended = signing.flatMap(({ sign_until: until = now + 1 }) => (until <= now ? [until] : []))
  const moments = [
    ...begin
      .sort((one, other) => one - other)
      .map((at) => ({ at, asked: at, key: 'sign_from', verb: 'begins' })),
    ...ended
      .sort((one, other) => other - one)
      .map((at) => ({ at, asked: at - 1, key: 'sign_until', verb: 'ended' })),
  ]
  for (const { at, asked, key, verb } of moments) {
    const signer = source.current(authority, asked)
    if (signer === undefined) continue
    const index = signing.findIndex(({ key_id: keyId }) => keyId === signer.keyId)
    return {
      path: ['signing', ...(signing.length > 1 ? [index] : []), key],
      found: `one whose turn ${verb} at ${utcTime(at)}`,
    }
  }
  return { path: ['signing'], found: `none for ${authority}` }
}

function consequence([first = [], ...others]: readonly Path[]): string {
  const routes = `${pathText(first)}${others.length === 0 ? ' lets' : ` and ${others.length} more let`}`
  return `what ${routes} in is answered 503 SIGNING_UNAVAILABLE`
}

const NEVER = { at: Number.POSITIVE_INFINITY, path: [], routes: [] }
