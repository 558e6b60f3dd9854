import { valueAt } from './cross-check/raw.ts'
import type { Path } from './problem.ts'

/** What would help where quotes, or their absence, make a value one of another type. */
export function quotesHint(raw: unknown, path: Path): string | undefined {
  const other = typeof requoted(valueAt(raw, path))
  if (other === 'string') return 'in quotes it is a text'
  if (other === 'number') return 'without quotes it is a number'
  return other === 'boolean' ? 'without quotes it is true or false' : undefined
}

/** The file as it would be with quotes around these values where there are none, and without them where there are some. */
export function withOtherQuotes(raw: unknown, paths: readonly Path[]): unknown {
  return paths.reduce((whole, path) => replaced(whole, path, requoted(valueAt(raw, path))), raw)
}

function requoted(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value === 'true' || value === 'false') return value === 'true'
  return typeof value === 'string' && NUMBER.test(value) ? Number(value) : undefined
}

function replaced(raw: unknown, path: Path, value: unknown): unknown {
  const [step, ...below] = path
  if (value === undefined) return raw
  if (step === undefined) return value
  if (Array.isArray(raw)) return raw.map((each, at) => (at === step ? replaced(each, below, value) : each))
  const mapping = raw as Record<string, unknown>
  return { ...mapping, [step]: replaced(mapping[step], below, value) }
}

const NUMBER = /^-?[0-9]{1,15}$/
