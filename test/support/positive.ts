/** What an option says, where it is a number above zero: `0` or `10m` would have a run end well that did nothing. */
export function positive(option: string, text: string): number {
  const number = Number(text)
  if (number > 0 && Number.isFinite(number)) return number
  throw new Error(`--${option}: “${text}” is not a number above zero`)
}
