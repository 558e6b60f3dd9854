import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile } from '../../src/config/compile.ts'
import { loadDocument } from '../../src/config/load.ts'
import type { BodyRule } from '../../src/decision/route.ts'
import type { Snapshot } from '../../src/decision/snapshot.ts'
import { isDenial } from '../../src/domain/denial.ts'
import type {
  BodyMemory,
  EvidenceLog,
  KeySource,
  ReplayLedger,
  SignerSource,
} from '../../src/domain/ports.ts'
import { noCounts } from '../../src/domain/route-counts.ts'
import { arrive } from '../../src/gateway/arrive.ts'
import type { Exchange } from '../../src/gateway/exchange.ts'
import { openListener } from '../../src/gateway/listener.ts'
import { Pressure, type PressureLimits } from '../../src/gateway/pressure.ts'
import type { ListenerTls } from '../../src/gateway/tls-options.ts'
import { EventLoopTurn } from '../../src/gateway/turn.ts'
import { readSettings } from '../../src/runtime/settings/settings.ts'
import { signingKeys } from '../../src/runtime/settings/signing.ts'
import { CommonPlaces } from '../../src/services/common-places.ts'
import { fixedKeyRing } from '../../src/services/key-ring/fixed.ts'
import { SigningKeys } from '../../src/services/signing/signing-keys.ts'
import { Upstream } from '../../src/services/upstream/upstream.ts'
import { NonceMint } from '../../src/verify/dpop/nonce.ts'
import type { VerificationKey } from '../../src/verify/jose/jwk-set.ts'
import { completed, type GatewayConfig } from './gateway.ts'
import { published } from './keys.ts'
import { issuerKey, nowSeconds } from './wire-tokens.ts'

export interface InProcess {
  readonly port: number
  readonly records: Exchange[]
  /** At this moment. */
  readonly connections: () => number
  readonly inFlight: () => number
  /** As a reload does that found other certificates or other trust. */
  readonly renew: (changes: Partial<ListenerTls>) => void
  /** As the control plane does every hour. */
  readonly setTicketKeys: (keys: Buffer) => void
  readonly stop: () => Promise<void>
}

/** What no client can bring about from outside: a clock that is off, a ledger in a certain state, a bug. */
export interface Faults {
  /** Without it every proof comes for the first time. */
  readonly ledger?: ReplayLedger
  readonly now?: () => number
  readonly overload?: PressureLimits
  /** Instead of those in the issuer's file. */
  readonly keys?: KeySource<VerificationKey>
  /** Of every route that is not public. */
  readonly bodyRules?: readonly BodyRule[]
  readonly bodies?: BodyMemory
  /** Instead of those of the configuration: keys that are elsewhere. */
  readonly signing?: SigningKeys
  readonly evidence?: EvidenceLog
  /** Instead of the keys of the configuration. */
  readonly signer?: SignerSource
}

/** The first listener of a configuration in this process, over real TLS; only the ledger, the clock and the keys may be given. */
export async function openInProcess(config: GatewayConfig, faults: Faults = {}): Promise<InProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
  const file = join(folder, 'gateway.yaml')
  await writeFile(join(folder, 'issuer.jwks.json'), JSON.stringify(published(issuerKey())))
  await writeFile(file, JSON.stringify(await completed(config)))
  const settings = readSettings(loadDocument(file))
  const upstreams = new Map([...settings.upstreams].map(([name, options]) => [name, new Upstream(options)]))
  const signing = faults.signing ?? new SigningKeys(signingKeys(settings.signingKeys))
  const mint = new NonceMint(['the secret of a gateway in this process'])
  const compiled = compile(settings.document, {
    introspection: () => null,
    consents: () => ({ recall: () => undefined, ask: async () => undefined }),
    statusLists: () => ({ held: () => 'unavailable', ask: async () => {} }),
    counts: noCounts,
    revocations: { hits: () => false },
    opener: () => null,
    clientKeys: (clientId) => fixedKeyRing(settings.clientKeys.fixed.get(clientId)),
    signers: (keyIds) => faults.signer ?? signing.source(keyIds),
    jwks: signing.jwks,
    keys: (name) => faults.keys ?? fixedKeyRing(settings.fixedKeys.get(name)),
    tokens: new Map(),
    dpopKeys: new Map(),
    nonces: { mint, since: 0, early: mint, datesBefore: 0 },
    proofsSince: 0,
    signaturesSince: 0,
    materials: '',
  })
  const snapshot = faults.bodyRules === undefined ? compiled : withBodyRules(compiled, faults.bodyRules)
  const records: Exchange[] = []
  const pressure = new Pressure(faults.overload ?? { delay: 60_000, inFlight: 10_000 })
  const turn = new EventLoopTurn()
  const services = {
    ledger: faults.ledger ?? { spend: () => 'first' as const },
    upstreams,
    commonLedger: null,
    evidence: faults.evidence ?? null,
    ourKey: (keyId: string) => signing.published(keyId),
    bodies: faults.bodies ?? ENOUGH,
    awaitedBodies: new CommonPlaces(10_000),
    awaitedNeeds: new CommonPlaces(10_000),
    watchedNeeds: new CommonPlaces(10_000),
    watchedBodies: faults.bodies ?? ENOUGH,
    now: faults.now ?? nowSeconds,
    pressure,
    pseudonym: 'holdfast-test',
    turn,
    record: (exchange: Exchange) => void records.push(exchange),
  }
  const listener = await openListener(settings.listeners[0]!, {
    snapshot: () => snapshot,
    serve: (downstream) => {
      const { name, rules } = settings.listeners[0]!
      arrive(downstream, name, turn, () => ({ snapshot, rules: new Map([[name, rules]]), services }))
    },
    parseFault: () => {},
    handshakeFailed: () => {},
    dropped: () => {},
  })
  return {
    port: listener.port,
    records,
    connections: () => listener.connections(),
    inFlight: () => pressure.inFlight,
    setTicketKeys: (keys) => listener.setTicketKeys(keys),
    renew: (changes) => listener.renew({ ...settings.listeners[0]!.tls, ...changes }),
    stop: async () => {
      await listener.drain(1_000)
      for (const upstream of upstreams.values()) upstream.close()
      await rm(folder, { recursive: true })
    },
  }
}

const ENOUGH: BodyMemory = { of: () => ({ take: () => true, give: () => {} }) }

function withBodyRules(snapshot: Snapshot, body: readonly BodyRule[]): Snapshot {
  const router = Object.create(snapshot.router) as Snapshot['router']
  router.match = (facts) => {
    const route = snapshot.router.match(facts)
    return isDenial(route) || route.demands === null
      ? route
      : { ...route, demands: { ...route.demands, body } }
  }
  router.allowed = (facts) => snapshot.router.allowed(facts)
  return { ...snapshot, router }
}
