import { type Document, isScalar } from 'yaml'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Substituted {
  readonly value: unknown
  /** Whether anything came from the environment; `$${` alone does not. */
  readonly used: boolean
  readonly faults: readonly Remark[]
}

interface Remark {
  readonly expected: string
  readonly found: string
  readonly hint: string
}

/**
 * Puts the environment into one scalar: `${NAME}`, `${NAME:-default}` (also where NAME is empty), `$${` for a plain `${`.
 * It works on values that are already parsed, so that no value of a variable can add structure. A `plain` scalar that is
 * nothing but one substitution is read again by YAML's core rules: `threads: ${N:-2}` is a number.
 */
export function substitute(text: string, env: Environment, plain: boolean, document: Document): Substituted {
  const faults: Remark[] = []
  let used = false
  const value = text.replace(REFERENCE, (whole, name: string | undefined, otherwise: string | undefined) => {
    if (whole === '$${') return '${'
    used = true
    if (name === undefined) {
      faults.push({
        expected: `\${NAME} or \${NAME:-default}`,
        found: 'another use of ${',
        hint: 'write $${ for a plain ${',
      })
      return ''
    }
    const given = Object.hasOwn(env, name) ? env[name] : undefined
    if (otherwise !== undefined) return given || otherwise
    if (given === undefined) {
      faults.push({
        expected: `\${${name}} in the environment`,
        found: 'nothing',
        hint: `\${${name}:-…} gives a default`,
      })
    }
    return given ?? ''
  })
  const whole = plain && WHOLE.test(text)
  return { value: whole ? resolvePlain(value, document) : value, used, faults }
}

/** What YAML makes of an unquoted scalar with this text. */
function resolvePlain(text: string, { schema }: Document): unknown {
  const tag = schema.tags.find((tag) => !tag.collection && tag.default === true && tag.test?.test(text))
  if (tag === undefined || tag.collection !== undefined) return text
  const resolved = tag.resolve?.(text, () => {}, {} as never)
  return isScalar(resolved) ? resolved.value : resolved
}

const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})?/g
const WHOLE = /^\$\{[A-Za-z_][A-Za-z0-9_]*(?::-[^}]*)?\}$/
