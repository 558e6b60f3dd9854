import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml'
import { reasonOf } from '../domain/reason.ts'
import { type Environment, substitute } from './environment.ts'
import { notationHint } from './notation-hints.ts'
import type { Fault, Locate, Path, Place } from './problem.ts'

/** A configuration file as read, before any rule about its content. */
export interface Source {
  /** Plain values with the environment substituted; undefined where the text is no YAML. */
  readonly raw: unknown
  readonly faults: readonly PlacedFault[]
  readonly locate: Locate
  /** The text of a value that came from the environment, as the file has it: `${PORT}`. It is shown in its stead. */
  readonly written: (path: Path) => string | undefined
}

/** A fault of the notation: it has a place of its own, for it may have no path. */
export interface PlacedFault extends Fault {
  readonly place: Place
}

/** Reads YAML 1.2 (core schema, one document, aliases without cycles) and substitutes the environment after the parse. */
export function readSource(text: string, file: string, env: Environment): Source {
  const lines = new LineCounter()
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(Math.min(Math.max(offset, 0), text.length))
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  if (WIDE.test(text)) return unread(at(0), 'UTF-8', 'UTF-16')
  try {
    const document = parseDocument(text, { ...OPTIONS, lineCounter: lines })
    const lost = text.indexOf(REPLACEMENT)
    if (lost >= 0) return unread(at(lost), 'UTF-8', 'a letter in another encoding')
    const faults = onePerLine(
      notation(document, text).map((fault) => ({ ...fault, place: at(fault.offset) })),
    )
    const written = new Map<object, string>()
    faults.push(...inspect(document, env, written).map((fault) => ({ ...fault, place: at(fault.offset) })))
    const broken = document.errors.some(({ code }) => REMARKS[code] === undefined)
    const misled = faults.some(({ expected }) => expected === COMPLETE_ANCHOR)
    return {
      raw: broken || misled ? undefined : document.toJS({ maxAliasCount: MOST_ALIASES }),
      faults,
      locate: (path, part) => at(offsetOf(document, path, part)),
      written: (path) => writtenAt(document, path, written),
    }
  } catch (error) {
    // The parser gives up on absurd nesting and on aliases that multiply; both are the file's fault.
    const found = `an error: ${reasonOf(error)}`
    return unread(at(0), 'a configuration of moderate depth and size', found)
  }
}

/** What no part of can be read. */
function unread(place: Place, expected: string, found: string): Source {
  const faults = [{ path: [], expected, found, place }]
  return { raw: undefined, faults, locate: () => place, written: () => undefined }
}

type OffsetFault = Fault & { readonly offset: number }

/** What the YAML parser objects to, without what merely follows from it, and without the text of the file. */
function notation({ errors, warnings }: Document.Parsed, text: string): OffsetFault[] {
  const first = errors.findIndex(({ code }) => REMARKS[code] === undefined)
  const telling = errors.filter(({ message }, index) => index <= first || !message.includes(CONSEQUENCE))
  return [...telling, ...warnings].map(({ code, message, pos: [offset] }) => {
    const reason = message.replace(/(?<=YAML stream|token): .*/s, '')
    const found = code === 'RESOURCE_EXHAUSTION' ? 'nesting that is too deep' : `an error: ${reason}`
    const hint = notationHint(code, message, text, offset)
    const key = code === 'DUPLICATE_KEY' ? PLAIN_KEY.exec(text.slice(offset, offset + 60)) : null
    const again = key === null ? {} : { found: `\`${key[0]}\` again` }
    return { path: [], offset, ...(REMARKS[code] ?? { expected: VALID, found, ...hint }), ...again }
  })
}

/** The parser stumbles on after an error; the rest of its line says nothing new. */
function onePerLine(faults: readonly PlacedFault[]): PlacedFault[] {
  const seen = new Set<number>()
  return faults.filter(
    ({ expected, place: { line } }) => expected !== VALID || (!seen.has(line) && seen.add(line)),
  )
}

function inspect(document: Document.Parsed, env: Environment, written: Map<object, string>): OffsetFault[] {
  const faults: OffsetFault[] = []
  visit(document, {
    Alias(_, alias, ancestors) {
      const target = targetOf(alias, document)
      if (target !== undefined && !ancestors.includes(target)) return
      const hint = ANCHOR_NAME.test(alias.source) ? {} : { hint: 'a text that begins with * needs quotes' }
      faults.push({ ...fault(alias, ancestors, COMPLETE_ANCHOR, `\`*${alias.source}\``), ...hint })
    },
    Scalar(key, scalar, ancestors) {
      if (key === 'key') {
        // An object in JavaScript could take this key as its prototype, and the value would pass unseen.
        if (scalar.value === '__proto__') faults.push(fault(scalar, ancestors, 'another key', '`__proto__`'))
        if (String(scalar.value).includes('${'))
          faults.push(
            fault(scalar, ancestors, 'a key as it is meant', '`${`, which is filled in values alone'),
          )
        return
      }
      if (typeof scalar.value !== 'string') return
      if (scalar.type === 'PLAIN' && CURLY.test(scalar.value))
        faults.push(fault(scalar, ancestors, `straight quotes, ' or "`, 'those of a word processor'))
      if (!scalar.value.includes('${')) return
      const source = scalar.value
      const result = substitute(source, env, scalar.type === 'PLAIN', document)
      scalar.value = result.value
      if (result.used) written.set(scalar, source)
      for (const remark of result.faults) faults.push({ ...fault(scalar, ancestors, '', ''), ...remark })
    },
  })
  return faults
}

function fault(node: Node, ancestors: readonly unknown[], expected: string, found: string): OffsetFault {
  return { path: pathOf(node, ancestors), offset: node.range?.[0] ?? 0, expected, found }
}

function pathOf(node: unknown, ancestors: readonly unknown[]): Path {
  return ancestors.flatMap((ancestor, index): Path => {
    const child = ancestors[index + 1] ?? node
    if (isPair(ancestor)) return isScalar(ancestor.key) ? [String(ancestor.key.value)] : []
    return isSeq(ancestor) ? [ancestor.items.indexOf(child)] : []
  })
}

function offsetOf(document: Document.Parsed, path: Path, part: 'key' | 'value' = 'value'): number {
  let node: unknown = document.contents
  let offset = start(node, 0)
  for (const [index, step] of path.entries()) {
    node = isAlias(node) ? targetOf(node, document) : node
    const pair = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && item.key.value === step)
      : undefined
    const child = isSeq(node) && typeof step === 'number' ? node.items[step] : pair?.value
    if (pair === undefined && child === undefined) return offset
    const keyOffset = start(pair?.key, offset)
    if (part === 'key' && index === path.length - 1) return keyOffset
    offset = start(child, keyOffset)
    node = child
  }
  return offset
}

function writtenAt(document: Document.Parsed, path: Path, written: Map<object, string>): string | undefined {
  let node: unknown = document.contents
  for (const step of path) {
    node = isAlias(node) ? targetOf(node, document) : node
    if (!isMap(node) && !isSeq(node)) return undefined
    node = node.get(step, true)
  }
  node = isAlias(node) ? targetOf(node, document) : node
  return isScalar(node) ? written.get(node) : undefined
}

function targetOf(alias: Alias, document: Document.Parsed): Node | undefined {
  return alias.resolve(document)
}

function start(node: unknown, otherwise: number): number {
  return (node as Node | null | undefined)?.range?.[0] ?? otherwise
}

const OPTIONS = { prettyErrors: false, stringKeys: true, resolveKnownTags: false, logLevel: 'error' } as const
const MOST_ALIASES = 100
const VALID = 'valid YAML'
const CONSEQUENCE = 'in YAML stream'
/** UTF-16 as it looks when it is read as UTF-8: a byte order mark that is none here, a letter with a NUL beside it. */
const WIDE = /^(?:\ufffd\ufffd)?.?\0/s
/** What stands in the text where octets were no UTF-8: the value would be another than the one that was meant. */
const REPLACEMENT = '\ufffd'
const COMPLETE_ANCHOR = 'an anchor that is complete before its alias'
const ANCHOR_NAME = /^[\w-]+$/
/** Quotes as word processors write them: YAML takes them for a part of the text. */
const CURLY = /^[\u2018-\u201f]/
const PLAIN_KEY = /^[\w./-]+/

/** Faults that leave the rest of the file readable, so that its other problems are reported as well. */
const REMARKS: Record<string, { expected: string; found: string }> = {
  DUPLICATE_KEY: { expected: 'each key once', found: 'one again' },
  MULTIPLE_DOCS: { expected: 'one YAML document', found: 'another' },
  TAG_RESOLVE_FAILED: { expected: 'a plain value', found: 'a tag or a notation that this file may not use' },
}
