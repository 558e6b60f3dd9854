import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { clientCertificate } from '../support/wire-pki.ts'
import { abuse } from './abuse.ts'
import { Book } from './book.ts'
import { brokenOff } from './broken-off.ts'
import { Disturbance } from './disturbance.ts'
import { judgeEvidence } from './evidence.ts'
import { Excuses } from './excuses.ts'
import { mayBeAnswered } from './expect.ts'
import { honest } from './honest.ts'
import { dpopIdentity, type Identity, mtlsIdentity, opaqueIdentity } from './identities.ts'
import { refused } from './refused.ts'
import { refusedOpaque } from './refused-opaque.ts'
import { refusedSigned } from './refused-signed.ts'
import { openStage, type Stage } from './stage.ts'
import { floor, type Reading, read } from './watch.ts'
import { Wire } from './wire.ts'
import type { Deed, World } from './world.ts'

export interface SoakOptions {
  readonly folder: string
  readonly seconds: number
  /** Deeds a second, and how many may be under way: the rest are left out, as one machine has all the work. */
  readonly rate: number
  readonly atOnce: number
  /** Seconds. */
  readonly headerTimeout: number
  /** Whether memory is judged: in a short run it has not come to rest. */
  readonly judgesMemory: boolean
  readonly say: (text: string) => void
}

export interface SoakResult {
  readonly book: Book
  readonly readings: readonly Reading[]
  readonly before: Reading
  readonly after: Reading
  readonly disturbed: { readonly [what: string]: number }
  readonly seconds: number
}

/** Mixed load on a gateway of two threads, a third of it hostile, while what it depends on comes and goes. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const stage = await openStage(options.folder, options.headerTimeout)
  const book = new Book(stage.journals, options.say)
  const excuses = new Excuses()
  const wire = new Wire(stage.ca, (options.headerTimeout * 1_000) / 2)
  const world = await openWorld(stage, book, excuses, wire)
  try {
    const before = await read(stage.gateway.pid, stage.ports.admin, 0)
    const disturbance = new Disturbance(stage, excuses, world.renew)
    const readings = await load(options, stage, world, disturbance)
    world.wire.close()
    const after = await settled(stage, book, before, options.seconds)
    book.readJournals()
    if (options.judgesMemory) judgeMemory(book, readings)
    const code = await stage.close()
    if (code !== 0) book.violated('the gateway did not end as it should', `exit code ${code}`)
    await judgeLog(book, stage.log)
    await judgeEvidence(book, stage.evidence)
    return { book, readings, before, after, disturbed: disturbance.counts, seconds: options.seconds }
  } finally {
    world.wire.close()
    await stage.close()
  }
}

async function openWorld(
  stage: Stage,
  book: Book,
  excuses: Excuses,
  wire: Wire,
): Promise<World & { renew: () => void }> {
  const certificates = [await clientCertificate('client-1'), await clientCertificate('client-2')]
  const { issuer, introspection } = stage
  const newest = () => dpopIdentity('fetched', { issuer: issuer.issuer, key: issuer.keys.at(-1)! })
  let fetched: Identity = newest()
  return {
    ...{
      book,
      excuses,
      wire,
      open: stage.ports.open,
      mtls: stage.ports.mtls,
      ca: stage.ca,
    },
    dpop: Array.from({ length: 20 }, (_, at) => dpopIdentity(`client-${at}`)),
    opaque: Array.from({ length: 20 }, (_, at) =>
      opaqueIdentity(`asked-${at}`, (claims) => introspection.issue(claims)),
    ),
    introspection,
    mtlsClients: certificates.map((each, at) => mtlsIdentity(`certified-${at}`, each)),
    fetched: () => fetched,
    renew: () => {
      fetched = newest()
    },
  }
}

async function load(
  { seconds, rate, atOnce, say }: SoakOptions,
  stage: Stage,
  world: World,
  disturbance: Disturbance,
): Promise<Reading[]> {
  const began = performance.now()
  const elapsed = () => (performance.now() - began) / 1000
  const isOver = () => elapsed() >= seconds
  const hostile = [...refused, ...refusedOpaque, ...refusedSigned, ...brokenOff, ...abuse]
  const untried = [...hostile, ...honest]
  const running = new Set<Promise<void>>()
  const begin = (deed: Deed) => {
    const run = deed
      .run(world)
      .catch((bug) => world.book.violated('the soak itself failed', `${deed.kind}: ${bug.stack}`))
    running.add(run)
    void run.finally(() => running.delete(run))
  }
  const disturbed = disturbance.run(Math.min(8_000, (seconds * 1000) / 11), isOver)
  const readings: Reading[] = []
  let due = 0
  let look = 0
  for (; !isOver(); await wait(20)) {
    for (due = Math.max(due, elapsed() * rate - rate); due < elapsed() * rate; due++)
      if (running.size < atOnce)
        begin(untried.pop() ?? (Math.random() < 1 / 3 ? choose(hostile) : choose(honest)))
    if (elapsed() < look) continue
    look += Math.min(5, seconds / 10)
    world.book.readJournals()
    const reading = await read(stage.gateway.pid, stage.ports.admin, elapsed())
    readings.push(reading)
    if (reading.threadDeaths > 0) world.book.violated('a thread died', String(reading.threadDeaths))
    say(lineOf(reading, world.book))
  }
  await disturbed
  await Promise.all(running)
  return readings
}

function choose(deeds: readonly Deed[]): Deed {
  let at = Math.random() * deeds.reduce((sum, { weight }) => sum + weight, 0)
  const chosen = deeds.find(({ weight }) => {
    at -= weight
    return at < 0
  })
  return chosen ?? (deeds[0] as Deed)
}

export function lineOf(
  { at, resident, heap, descriptors, connections, inFlight, heldOctets }: Reading,
  book: Book,
): string {
  const mebibytes = (octets: number) => `${(octets / 1024 / 1024).toFixed(1)} MiB`
  return [
    `${at.toFixed(0).padStart(4)} s`,
    `resident ${mebibytes(resident)}`,
    `heap ${mebibytes(heap)}`,
    `${descriptors} descriptors`,
    `${connections} connections`,
    `${inFlight} in flight`,
    `held ${mebibytes(heldOctets)}`,
    `${book.sent} requests`,
  ].join('  ')
}

/** Everything is given back once nobody asks for anything any more. */
async function settled(stage: Stage, book: Book, before: Reading, at: number): Promise<Reading> {
  let reading = await read(stage.gateway.pid, stage.ports.admin, at)
  const isSettled = () =>
    reading.inFlight === 0 &&
    reading.heldOctets === 0 &&
    reading.connections === 0 &&
    reading.descriptors <= before.descriptors + SPARE
  for (const deadline = Date.now() + SETTLES_WITHIN; !isSettled() && Date.now() < deadline; await wait(500))
    reading = await read(stage.gateway.pid, stage.ports.admin, at)
  if (!isSettled()) book.violated('not everything was given back', JSON.stringify({ before, reading }))
  return reading
}

function judgeMemory(book: Book, readings: readonly Reading[]): void {
  for (const which of ['heap', 'resident'] as const) {
    const early = floor(readings, which, 0.4, 0.6)
    const late = floor(readings, which, 0.8, 1)
    if (late > early * MOST_GROWTH) book.violated(`${which} memory grew`, `from ${early} to ${late} octets`)
  }
}

/** Nothing but lines of the log, and none of them an error: no warning of the platform, no fault of our own. */
async function judgeLog(book: Book, file: string): Promise<void> {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (!line.startsWith('{')) book.violated('something else than the log was said', line)
    else if (line.includes('"INTERNAL_FAULT"') || /"level":(?:"error"|5|6)/.test(line))
      book.violated('an error in the log', line)
    else if (book.unseen.size > 0) judgeUnseen(book, line)
  }
  for (const detail of book.unseen.values()) book.violated('what must pass did not', detail)
}

function judgeUnseen({ unseen }: Book, line: string): void {
  const id = /"interaction_id":"([^"]+)"/.exec(line)?.[1] ?? ''
  if (unseen.has(id) && mayBeAnswered(/"code":"(\w+)"/.exec(line)?.[1] ?? '')) unseen.delete(id)
}

/** Connections of the control plane that come and go. */
const SPARE = 4
/** Milliseconds. */
const SETTLES_WITHIN = 40_000
const MOST_GROWTH = 1.15
