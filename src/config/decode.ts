import type * as z from 'zod'
import { crossCheck } from './cross-check.ts'
import { type Document, documentSchema } from './document.ts'
import type { Environment } from './environment.ts'
import { didYouMean, nearest } from './nearest.ts'
import { spreadPolicies } from './policies.ts'
import {
  byPlace,
  configProblem,
  type Fault,
  foundText,
  type Locate,
  type Path,
  type Problem,
  pathText,
} from './problem.ts'
import { quotesHint, withOtherQuotes } from './quotes.ts'
import { readSource } from './source.ts'

export interface Decoded {
  /** Undefined exactly where there are problems. */
  readonly document: Document | undefined
  /** All of them, in reading order, one a path. */
  readonly problems: readonly Problem[]
  readonly locate: Locate
  /** What the file says, the environment substituted; nothing in it is checked. */
  readonly raw: unknown
  /** The text of a value that came from the environment, as the file has it. */
  readonly written: (path: Path) => string | undefined
}

/** `meant` is where the key should be that was probably misspelt. */
interface MisspeltFault extends Fault {
  readonly meant?: Path
}

/** Text of a configuration file -> Document, or every problem that it has. `file` is the name shown to people. Total. */
export function decodeDocument(text: string, file: string, env: Environment): Decoded {
  const { raw, faults, locate, written } = readSource(text, file, env)
  const noted = faults.map((fault) => configProblem(() => fault.place, fault))
  if (raw === undefined) return { document: undefined, problems: noted.sort(byPlace), locate, raw, written }

  const spread = spreadPolicies(raw)
  const parsed = documentSchema.safeParse(spread.raw, { reportInput: true })
  const shape = withQuotes(faultsIn(parsed), spread.raw)
  const said = withoutMisspelt([...spread.faults, ...shape, ...crossing(spread.raw, shape)])
  const told = said.filter((fault) => !(spread.isInherited(fault.path) && isTold(fault, said)))
  const objections = told.map((fault) => {
    const source = fault.part === 'key' ? undefined : written(fault.path)
    return configProblem(
      locate,
      source === undefined ? fault : { ...fault, found: foundText(source, fault.path) },
    )
  })
  const problems = onePerPath([...noted, ...objections]).sort(byPlace)
  return { document: problems.length === 0 ? parsed.data : undefined, problems, locate, raw, written }
}

function faultsIn({ error }: z.ZodSafeParseResult<unknown>): readonly MisspeltFault[] {
  return (error?.issues ?? []).flatMap((issue) => faultsOf(issue, []))
}

/** Says of quotes where they are all that is wrong: the file is read once more with the other ones. */
function withQuotes(faults: readonly MisspeltFault[], raw: unknown): readonly MisspeltFault[] {
  const values = faults.filter(({ part }) => part === undefined)
  const other = withOtherQuotes(
    raw,
    values.map(({ path }) => path),
  )
  if (other === raw) return faults
  const still = new Set(faultsIn(documentSchema.safeParse(other)).map(({ path }) => pathText(path)))
  return faults.map((fault) => {
    const hint = still.has(pathText(fault.path)) ? undefined : quotesHint(raw, fault.path)
    return hint === undefined ? fault : { ...fault, hint }
  })
}

/** The rules between keys that are broken however misspelt keys are spelt: what refers to such a key is not wrong as well. */
function crossing(raw: unknown, shape: readonly MisspeltFault[]): readonly Fault[] {
  const faults = crossCheck(raw)
  const right = spelled(raw, shape)
  if (right === raw) return faults
  const anyhow = new Set(crossCheck(right).map(({ path }) => pathText(path)))
  return faults.filter(({ path }) => anyhow.has(pathText(path)))
}

function spelled(raw: unknown, faults: readonly MisspeltFault[]): unknown {
  return faults.reduce(
    (whole, { path, meant }) => (meant === undefined ? whole : renamed(whole, path, meant)),
    raw,
  )
}

function renamed(raw: unknown, [step, ...below]: Path, [right, ...further]: Path): unknown {
  if (Array.isArray(raw)) return raw.map((each, at) => (at === step ? renamed(each, below, further) : each))
  const { [step as string]: value, ...others } = raw as Record<string, unknown>
  return { [right as string]: below.length === 0 ? value : renamed(value, below, further), ...others }
}

/** A key that is missing only because it is misspelt is told as that. */
function withoutMisspelt(faults: readonly MisspeltFault[]): readonly Fault[] {
  const meant = new Set(faults.flatMap((fault) => (fault.meant === undefined ? [] : [pathText(fault.meant)])))
  return faults.filter(
    ({ path, found }) => found !== foundText(undefined, path) || !meant.has(pathText(path)),
  )
}

/** What is wrong with a policy is told of its own key, or of the name by which the route takes it, and not once more for each route. */
function isTold({ path: [, route, , key] }: Fault, said: readonly Fault[]): boolean {
  return said.some(({ path: [table, entry, inner, step] }) =>
    table === 'policies' ? inner === key : entry === route && step === 'policy',
  )
}

/** What an issue of zod means for the person who wrote the file. `above` is the path of the union that it came out of. */
function faultsOf(issue: z.core.$ZodIssue, above: Path): MisspeltFault[] {
  const path: Path = [...above, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))]
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, issue.message))
  if (issue.code === 'invalid_key') return [badName(issue, path)]
  if (issue.code === 'invalid_union') {
    const branch = meantBranch(issue)
    if (branch !== undefined) return branch.flatMap((inner) => faultsOf(inner, path))
  }
  const found = foundText(issue.input, path)
  const hint =
    issue.code === 'invalid_value' && typeof issue.input === 'string'
      ? didYouMean(issue.input, issue.values.map(String))
      : {}
  return [{ path, found, expected: issue.message, ...hint }]
}

/**
 * The form of a union that was meant: the one whose fault lies deeper, in an entry, and that knows all of the keys; else the
 * only one of that type.
 */
function meantBranch({ errors }: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] | undefined {
  const deep = errors.filter((branch) => branch.some(({ path }) => path.length > 0))
  const knowing = deep.filter((branch) => !branch.some(({ code }) => code === 'unrecognized_keys'))
  const deeper = knowing.length > 0 ? knowing : deep
  const typed = errors.filter(
    (branch) => !branch.some(({ path, code }) => path.length === 0 && code === 'invalid_type'),
  )
  const [meant, other] = deeper.length > 0 ? deeper : typed
  return other === undefined ? meant : undefined
}

function unknownKey(key: string, path: Path, keys: string): MisspeltFault {
  const known = keys.split(', ')
  if (key === '<<') return { path: [...path, key], part: 'key', ...MERGED }
  const meant = nearest(key, known)
  const fault = { path: [...path, key], part: 'key', found: foundText(key, []) } as const
  if (meant === undefined) return { ...fault, expected: `one of ${keys}` }
  return { ...fault, expected: 'a key of this mapping', ...didYouMean(key, known), meant: [...path, meant] }
}

function badName({ issues }: z.core.$ZodIssueInvalidKey, path: Path): Fault {
  return { path, part: 'key', expected: issues[0]?.message ?? 'a name', found: foundText(path.at(-1), []) }
}

/** The notation comes before the schema, the schema before the rules between keys: what is said first explains the rest. */
function onePerPath(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>()
  return problems.filter(({ path }) => path === '' || (!seen.has(path) && seen.add(path)))
}

const MERGED = {
  expected: 'a key of this mapping',
  found: 'a merge key',
  hint: '`policies` holds what routes have in common',
}
