/** Unix seconds as UTC, to the second (RFC 3339 §5.6). */
export function utcTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+/, '')
}
