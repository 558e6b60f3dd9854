import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js'
import type { Condition } from '../verify/authority/condition.ts'

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
    const dear = firstDear(program.ast, false)
    if (dear !== undefined) return mistake(text, dear.says, dear.at)
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
function firstDear(
  node: unknown,
  inLoop: boolean,
): { readonly says: string; readonly at: number } | undefined {
  if (Array.isArray(node)) return firstOf(node, (each) => firstDear(each, inLoop))
  if (!isNode(node)) return undefined
  let loops = inLoop
  if (node.op === 'call' || node.op === 'rcall') {
    const name = node.args[0]
    if (!FUNCTIONS.has(name) && !LOOPS.has(name))
      return { says: `${name}() is not available here`, at: node.pos }
    if (LOOPS.has(name) && inLoop) return { says: `${name}() inside another loop`, at: node.pos }
    loops ||= LOOPS.has(name)
  }
  return firstDear(node.args, loops)
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
  const { range } = error as { readonly range?: { readonly start: number } }
  return mistake(text, firstLine(error), range?.start ?? 0)
}

function mistake(text: string, says: string, at: number): Mistake {
  const before = text.slice(0, at).split('\n')
  return { says, line: before.length, column: (before.at(-1) as string).length + 1 }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n', 1)[0] as string
}

const ENVIRONMENT = new Environment({
  unlistedVariablesAreDyn: false,
  limits: { maxAstNodes: 200, maxDepth: 24, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 4 },
})
  .registerVariable({
    name: 'token',
    schema: {
      issuer: 'string',
      subject: 'string',
      client_id: 'string',
      grant: 'string',
      scopes: 'list<string>',
      claims: 'map<string, dyn>',
    },
  })
  .registerVariable({ name: 'sender', schema: { jkt: 'string', x5t: 'string' } })
  .registerVariable({
    name: 'request',
    schema: { method: 'string', host: 'string', path: 'string', parameters: 'map<string, string>' },
  })
  .registerVariable('now', 'google.protobuf.Timestamp')

const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map'])
const FUNCTIONS: ReadonlySet<string> = new Set([
  'has',
  'size',
  'type',
  'dyn',
  'bool',
  'int',
  'uint',
  'double',
  'string',
  'startsWith',
  'endsWith',
  'contains',
  'lowerAscii',
  'upperAscii',
  'trim',
  'timestamp',
  'duration',
  'getFullYear',
  'getMonth',
  'getDate',
  'getDayOfMonth',
  'getDayOfWeek',
  'getDayOfYear',
  'getHours',
  'getMinutes',
  'getSeconds',
])
