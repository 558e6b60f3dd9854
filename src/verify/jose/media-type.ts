/**
 * A media type as `typ` and `cty` name it, in lower case and without `application/`: case does not matter, and that may be left out
 * (RFC 7515 §4.1.9, §4.1.10). Undefined for what is no text.
 */
export function mediaTypeOf(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined
  const lower = name.toLowerCase()
  return lower.startsWith(APPLICATION) ? lower.slice(APPLICATION.length) : lower
}

const APPLICATION = 'application/'
