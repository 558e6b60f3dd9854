import { readText } from './source.ts'

/** Seconds after `drain_timeout` until the gateway has ended, by itself or killed: what a supervisor must wait at least. */
export const ENDED_AFTER_DRAIN =
  (milliseconds('runtime/gateway.ts', 'ENDED_WITHIN') + milliseconds('runtime/end.ts', 'LAST_WORDS')) / 1000

function milliseconds(file: string, constant: string): number {
  const [, digits] = new RegExp(`^const ${constant} = ([\\d_]+)$`, 'm').exec(readText(`src/${file}`)) ?? []
  return Number(digits?.replaceAll('_', ''))
}
