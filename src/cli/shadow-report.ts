import { readFileSync } from 'node:fs'
import { shown } from '../decision/explain/shown.ts'
import { printed, readArguments, UsageProblem } from './command.ts'
import { readText } from './key-file.ts'

/** `holdfast shadow-report [--json] FILE…`: which clients the rules that only watch would break, and why. */
export function runShadowReport(args: readonly string[]): Promise<number> {
  return printed('shadow-report', async () => {
    const { values, positionals } = readArguments(args, OPTIONS)
    if (values.help) return USAGE
    if (positionals.length === 0) throw new UsageProblem('a log is missing.')
    const texts = positionals.map((file) => (file === '-' ? readFileSync(0, 'utf8') : readText(file, file)))
    const report = shadowReport(texts.flatMap((text) => text.split('\n')))
    return values.json ? `${JSON.stringify(report, null, 2)}\n` : written(report)
  })
}

export interface ShadowReport {
  /** Admitted requests to routes on which rules watch, as far as they are in the log. */
  readonly requests: number
  /** Clients among them that no such rule would refuse. */
  readonly unharmed: readonly string[]
  readonly breaks: readonly Break[]
}

/** One client, one rule, one reason. */
export interface Break {
  readonly client: string
  readonly route: string
  readonly rule: string
  readonly code: string
  readonly requests: number
  /** Of all that the client sent to the route. */
  readonly of: number
  /** An example: the detail and the interaction id of the latest. */
  readonly detail: string | null
  readonly interactionId: string
}

/** Reads the lines of logs; what is no line of a watched request is passed over. */
export function shadowReport(lines: Iterable<string>): ShadowReport {
  const breaks = new Map<string, { -readonly [Key in keyof Break]: Break[Key] }>()
  const sent = new Map<string, number>()
  const harmed = new Set<string>()
  let requests = 0
  for (const text of lines) {
    const line = readLine(text)
    if (line === undefined) continue
    const client = clientOf(line)
    const way = JSON.stringify([client, line.route])
    requests++
    sent.set(way, (sent.get(way) ?? 0) + 1)
    for (const { rule, code, detail } of line.shadow) {
      harmed.add(client)
      const key = JSON.stringify([client, line.route, rule, code])
      const known = breaks.get(key)
      const example = { detail, interactionId: line.interaction_id }
      if (known !== undefined) Object.assign(known, example, { requests: known.requests + 1 })
      else breaks.set(key, { client, route: line.route, rule, code, requests: 1, of: 0, ...example })
    }
  }
  for (const each of breaks.values()) each.of = sent.get(JSON.stringify([each.client, each.route])) ?? 0
  const clients = [...new Set([...sent.keys()].map((way) => (JSON.parse(way) as [string])[0]))]
  return {
    requests,
    unharmed: clients.filter((client) => !harmed.has(client)).sort(),
    breaks: [...breaks.values()].sort((one, other) => other.requests - one.requests),
  }
}

interface WatchedLine {
  readonly interaction_id: string
  readonly route: string
  readonly shadow: readonly { readonly rule: string; readonly code: string; readonly detail: string | null }[]
  readonly client_id: string | null
  readonly client_claimed?: string
  readonly peer: string | null
  readonly remote: string
}

interface Carrier {
  readonly log?: unknown
  readonly message?: unknown
}

function readLine(text: string): WatchedLine | undefined {
  if (!text.includes('shadow')) return undefined
  try {
    // The journal, kubectl and others begin each line with something of their own, unless they are told not to.
    const line = JSON.parse(text.slice(text.indexOf('{'))) as WatchedLine & Carrier
    // Docker's own files and collectors have it as a text in one of theirs.
    const carried = line.log ?? line.message
    if (typeof carried === 'string') return readLine(carried)
    return Array.isArray(line.shadow) && typeof line.route === 'string' ? line : undefined
  } catch {
    return undefined
  }
}

/** Whoever it is, by the best that is known. */
function clientOf({ client_id: id, client_claimed: claimed, peer, remote }: WatchedLine): string {
  if (id !== null) return id
  if (claimed !== undefined) return `${claimed} (as its token says, unverified)`
  return peer === null ? `somebody at ${remote}` : `the certificate ${peer}`
}

function written({ requests, unharmed, breaks }: ShadowReport): string {
  if (requests === 0) return 'No request in this log went by a rule that only watches.\n'
  const clients = new Set(breaks.map(({ client }) => client))
  const lines = [
    `${requests} requests went by rules that only watch. Enforced, these would refuse requests of ${clients.size} of ${clients.size + unharmed.length} clients.`,
    '',
  ]
  for (const client of clients) {
    lines.push(shown(client))
    for (const each of breaks.filter((one) => one.client === client)) {
      const { route, rule, code, requests: refused, of, detail, interactionId } = each
      lines.push(
        `  ${refused} of ${of} on ${route}: ${rule} would say ${code}${detail === null ? '' : ` (${detail})`}, as in ${interactionId}`,
      )
    }
  }
  if (unharmed.length > 0)
    lines.push('', `Nothing changes for: ${unharmed.map((client) => shown(client)).join(', ')}`)
  return `${lines.join('\n')}\n`
}

const OPTIONS = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const
const USAGE = `holdfast shadow-report [--json] FILE…

Reads the log of the gateway (- is standard input) and lists which clients the rules that only watch would
refuse if they were enforced, how often, and why. Clients whom nothing would change are listed where the log
has a line for every request (log.access: true).
`
