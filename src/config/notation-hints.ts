/** What probably led to an error of the notation, in our words: those of the parser are about its grammar. */
export function notationHint(code: string, message: string, text: string, offset: number): { hint?: string } {
  if (text.slice(offset - 1, offset + 1) === '${') return { hint: QUOTE }
  const rest = text.slice(offset, offset + 1000)
  const [, , hint] =
    HINTS.find(([said, stands]) => said.test(`${code} ${message}`) && stands.test(rest)) ?? []
  return hint === undefined ? {} : { hint }
}

const QUOTE = 'between { } and [ ] a value with ${ needs quotes'
const KEYS = 'keys that belong together begin in one column'
const DASHES = 'the dashes of a list stand in one column'

/** What the parser says, what stands where it says so, and what that means. */
const HINTS: readonly (readonly [said: RegExp, stands: RegExp, hint: string])[] = [
  // The text was taken for a key that has no value.
  [
    /^(?:MULTILINE_IMPLICIT_KEY|MISSING_CHAR) /,
    /^(?!https?:\/\/)[\w-]+:\S/,
    'a space belongs after the colon',
  ],
  [
    /^(?:MULTILINE_IMPLICIT_KEY|MISSING_CHAR) /,
    /^[\w-]+:(?![ \t\r\n])\s/,
    'what stands after the colon only looks like a space',
  ],
  [/^MULTILINE_IMPLICIT_KEY /, /^[\w-]+[ \t]*\r?(?:\n|$)/, 'a colon belongs after it'],
  [/Sequence item without|All mapping items/, /^/, KEYS],
  [/block sequence may not|All sequence items/, /^/, DASHES],
  [
    /Nested mappings/,
    /^[^\n#]*:\s/,
    'a line has one key; a value with a colon and a space in it needs quotes',
  ],
  [/Nested mappings/, /^/, `the next line begins further in than the key of this one; ${KEYS}`],
  [/^TAB_AS_INDENT /, /^/, 'spaces indent'],
  [/stringKeys/, /^\{/, 'a template, {{ }}, must be filled in before; as a text it needs quotes'],
  [/^BAD_SCALAR_START |Plain value cannot start/, /^/, 'a text that begins so needs quotes'],
  [/scalar at node end|Missing , between flow map/, /^:[0-9]/, 'an address with brackets needs quotes'],
]
