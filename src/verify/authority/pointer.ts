import { isJsonObject } from '../../codec/json.ts'

/** How a rule names a member: its name, or the way to it as a JSON Pointer (RFC 6901), which begins with a slash. */
export type Pointer = readonly string[]

/** RFC 6901 §4 where it begins with a slash, else one name. */
export function parsePointer(text: string): Pointer {
  if (!text.startsWith('/')) return [text]
  return text
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** What stands there; undefined where nothing does. Own members and elements alone, whatever a step is called. */
export function memberAt(value: unknown, pointer: Pointer): unknown {
  let found = value
  for (const step of pointer) {
    if (Array.isArray(found)) found = INDEX.test(step) ? found[Number(step)] : undefined
    else if (isJsonObject(found) && Object.hasOwn(found, step)) found = found[step]
    else return undefined
  }
  return found
}

const INDEX = /^(?:0|[1-9][0-9]{0,5})$/
