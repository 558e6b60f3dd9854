import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of a .cpuprofile, what is read here. Times in microseconds. */
interface Profile {
  readonly nodes: readonly Node[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

interface Node {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: readonly number[]
}

/**
 * Where the time went, out of the CPU profiles in `folder`, one a thread, of the thread that was the busiest: the functions that
 * took the most themselves, then those of ours that took the most with all that they called. Idle time counts for nothing.
 */
export function summarise(folder: string): string {
  const names = readdirSync(folder).filter((each) => each.endsWith('.cpuprofile'))
  const [busiest] = names.map((name) => readProfile(join(folder, name))).sort((a, b) => b.total - a.total)
  if (busiest === undefined) throw new Error('the gateway wrote no CPU profile')
  const { self, whole, total } = busiest
  const ours = new Map([...whole].filter(([place]) => place.includes('  src/')))
  return `Themselves:\n${list(self, total)}\n\nOurs, with what they called:\n${list(ours, total)}`
}

function readProfile(file: string): Times & { readonly total: number } {
  const { self, whole } = timesOf(JSON.parse(readFileSync(file, 'utf8')))
  for (const idle of ['(idle)', '(root)']) self.delete(idle)
  return { self, whole, total: [...self.values()].reduce((sum, each) => sum + each, 0) }
}

interface Times {
  readonly self: Map<string, number>
  readonly whole: Map<string, number>
}

/** By place. A function that calls itself, however far down, counts once in `whole`. */
function timesOf({ nodes, samples, timeDeltas }: Profile): Times {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const taken = new Map<number, number>()
  samples.forEach((id, at) => {
    taken.set(id, (taken.get(id) ?? 0) + (timeDeltas[at] as number))
  })
  const self = new Map<string, number>()
  const whole = new Map<string, number>()
  const walk = (node: Node, above: ReadonlySet<string>): number => {
    const place = placeOf(node)
    const own = taken.get(node.id) ?? 0
    const within = new Set(above).add(place)
    const sum = (node.children ?? []).reduce((all, id) => all + walk(byId.get(id) as Node, within), own)
    self.set(place, (self.get(place) ?? 0) + own)
    if (!above.has(place)) whole.set(place, (whole.get(place) ?? 0) + sum)
    return sum
  }
  walk(nodes[0] as Node, new Set())
  return { self, whole }
}

function list(times: ReadonlyMap<string, number>, total: number): string {
  const first = [...times].sort(([, a], [, b]) => b - a).slice(0, SHOWN)
  return first
    .map(([place, micros]) => `${((100 * micros) / total).toFixed(1).padStart(5)} %  ${place}`)
    .join('\n')
}

function placeOf({ callFrame: { functionName, url, lineNumber } }: Node): string {
  const file = url.replace(/^.*\/(src|node_modules)\//, '$1/')
  return `${functionName === '' ? '(anonymous)' : functionName}${file === '' ? '' : `  ${file}:${lineNumber + 1}`}`
}

const SHOWN = 40
