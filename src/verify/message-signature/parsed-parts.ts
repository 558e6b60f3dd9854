import { percentDecoded } from '../../codec/percent.ts'
import { type Dictionary, parseDictionary } from '../../codec/structured-field.ts'

/**
 * What of one message is parsed once for all the components that name a part of it: a client may name fifty parts of a query of
 * sixteen thousand characters, and ask for that without a token.
 */
export class ParsedParts {
  #parameters: ReadonlyMap<string, string | null> | null = null
  #dictionaries: Map<string, Dictionary | undefined> | null = null

  /** The value of a query parameter, decoded; null where it comes twice. `query` is that of the message. */
  parameter(query: string, name: string): string | null | undefined {
    this.#parameters ??= parametersOf(query)
    const value = this.#parameters.get(name)
    return typeof value === 'string' ? formDecoded(value) : value
  }

  /** The dictionary that a field is; `place` tells one field of the message from the others, `text` is its value. */
  dictionary(place: string, text: string): Dictionary | undefined {
    this.#dictionaries ??= new Map()
    if (!this.#dictionaries.has(place)) this.#dictionaries.set(place, parseDictionary(text))
    return this.#dictionaries.get(place)
  }
}

/**
 * Parsed as a form (WHATWG URL §5.1): the names decoded, the values as they came. Not by URLSearchParams, which throws and catches for each
 * escape that is not UTF-8, some microseconds each time.
 */
function parametersOf(query: string): ReadonlyMap<string, string | null> {
  const parameters = new Map<string, string | null>()
  for (const piece of query.split('&')) {
    if (piece === '') continue
    const end = piece.indexOf('=')
    const name = formDecoded(end < 0 ? piece : piece.slice(0, end))
    const value = end < 0 ? '' : piece.slice(end + 1)
    parameters.set(name, parameters.has(name) ? null : value)
  }
  return parameters
}

function formDecoded(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  return Buffer.from(percentDecoded(text.replaceAll('+', ' ')), 'latin1').toString()
}
