import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js'
import { reasonOf } from '../domain/reason.ts'
import type { Condition } from '../verify/authority/condition.ts'
import { byTheirNames, IN_PLACE_OF, OWN_FUNCTIONS } from './condition-functions.ts'
import { FUNCTIONS, LOOPS, MEMBERS, NOW } from './condition-members.ts'

/** What is wrong with a condition, and where in it; line and column count from 1. */
export interface Mistake {
  readonly says: string
  readonly line: number
  readonly column: number
}

/**
 * Compiles and type-checks a condition in CEL. It is given the facts of the request and nothing else, and its cost is
 * bounded beforehand: a few nodes, no loop within a loop, none of the functions that could take long or grow what they are
 * given (regular expressions, `cel.bind`, `split`).
 */
export function compileCondition(text: string): Condition | Mistake {
  let program: ParseResult
  try {
    program = ENVIRONMENT.parse(text)
    const costly = firstCostly(program.ast, false)
    if (costly !== undefined) return mistake(text, costly.says, costly.at)
    callOurs(program.ast)
    const checked = program.check()
    if (!checked.valid) return mistakeOf(text, checked.error)
    if (checked.type !== 'bool') return mistake(text, `it is ${checked.type}, not bool`, 0)
  } catch (error) {
    return mistakeOf(text, error)
  }
  return (facts) => {
    try {
      const answer: unknown = program({ ...facts, now: new Date(facts.now * 1000) })
      return typeof answer === 'boolean' ? answer : 'neither true nor false'
    } catch (error) {
      return firstLine(error)
    }
  }
}

export function isMistake(compiled: Condition | Mistake): compiled is Mistake {
  return typeof compiled !== 'function'
}

/** The first call that could cost too much, where it is one; `inLoop`: inside the body of another. */
function firstCostly(
  node: unknown,
  inLoop: boolean,
): { readonly says: string; readonly at: number } | undefined {
  if (Array.isArray(node)) return firstOf(node, (each) => firstCostly(each, inLoop))
  if (!isNode(node)) return undefined
  let loops = inLoop
  if (node.op === 'call' || node.op === 'rcall') {
    const name = node.args[0]
    if (!FUNCTIONS.has(name) && !LOOPS.has(name))
      return { says: `${name}() is not available here`, at: node.pos }
    if (LOOPS.has(name) && inLoop) return { says: `${name}() inside another loop`, at: node.pos }
    loops ||= LOOPS.has(name)
  }
  return firstCostly(node.args, loops)
}

/** The library lets no function of its own be defined anew, so another is called. */
function callOurs(node: unknown): void {
  if (Array.isArray(node)) node.forEach(callOurs)
  if (!isNode(node)) return
  if (node.op === 'call' || node.op === 'rcall') node.args[0] = IN_PLACE_OF.get(node.args[0]) ?? node.args[0]
  callOurs(node.args)
}

function firstOf<T, Found>(all: readonly T[], find: (each: T) => Found | undefined): Found | undefined {
  for (const each of all) {
    const found = find(each)
    if (found !== undefined) return found
  }
  return undefined
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value && 'pos' in value
}

function mistakeOf(text: string, error: unknown): Mistake {
  const { range, node } = error as { readonly range?: { readonly start: number }; readonly node?: unknown }
  return mistake(text, `${firstLine(error)}${membersThatThereAre(error, node)}`, range?.start ?? 0)
}

/** A clause for whoever asked a variable for a member that it does not have. */
function membersThatThereAre(error: unknown, node: unknown): string {
  const { code } = error as { readonly code?: string }
  if (code === 'unknown_variable') return `; there are ${[...Object.keys(MEMBERS), 'now'].join(', ')}`
  if (code !== 'no_such_key' || !isNode(node) || !Array.isArray(node.args)) return ''
  const [of] = node.args as readonly unknown[]
  const members = isNode(of) && of.op === 'id' ? MEMBERS[of.args as keyof typeof MEMBERS] : undefined
  return members === undefined ? '' : `; it has ${Object.keys(members).join(', ')}`
}

function mistake(text: string, says: string, at: number): Mistake {
  const before = text.slice(0, at).split('\n')
  return { says, line: before.length, column: (before.at(-1) as string).length + 1 }
}

function firstLine(error: unknown): string {
  const message = reasonOf(error)
  return byTheirNames(message.split('\n', 1)[0] as string)
}

const ENVIRONMENT = new Environment({
  unlistedVariablesAreDyn: false,
  limits: { maxAstNodes: 200, maxDepth: 24, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 4 },
}).registerVariable('now', NOW.type)

for (const [signature, run] of Object.entries(OWN_FUNCTIONS)) ENVIRONMENT.registerFunction(signature, run)

for (const [name, members] of Object.entries(MEMBERS)) {
  const types = Object.entries(members).map(([member, { type }]) => [member, type])
  ENVIRONMENT.registerVariable({ name, schema: Object.fromEntries(types) })
}
