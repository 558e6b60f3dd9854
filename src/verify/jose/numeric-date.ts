/** RFC 7519 §2: seconds, not before 1970, that a double still tells apart. */
export function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}

export function isOptionalDate(value: unknown): value is number | undefined {
  return value === undefined || isNumericDate(value)
}
