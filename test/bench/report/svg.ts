type Value = string | number

/** An element as text; what it holds is elements, already made. */
export function element(
  name: string,
  attributes: { readonly [name: string]: Value },
  ...holds: readonly string[]
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(rounded(value))}"`)
  return holds.length === 0
    ? `<${name}${written.join('')}/>`
    : `<${name}${written.join('')}>${holds.join('')}</${name}>`
}

/** Text at a place; `anchor` is the side that the place is at. */
export function label(
  x: number,
  y: number,
  says: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
  more: { readonly [name: string]: Value } = {},
): string {
  return element('text', { x, y, 'text-anchor': anchor, ...more }, escaped(says))
}

/** A whole picture, on white, so that it can be read on a dark page too. */
export function picture(width: number, height: number, title: string, ...holds: readonly string[]): string {
  const background = element('rect', { width, height, fill: '#ffffff' })
  const heading = label(PADDING, 24, title, 'start', { 'font-size': 15, 'font-weight': 'bold' })
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      'font-family': 'system-ui, sans-serif',
      'font-size': 12,
      fill: INK,
      role: 'img',
      'aria-label': title,
    },
    background,
    heading,
    ...holds,
  )}\n`
}

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (each) => ENTITIES[each] as string)
}

/** Steps of 1, 2 or 5 times a power of ten from zero to at least `most`, some five of them. */
export function ticks(most: number): readonly number[] {
  if (!(most > 0)) return [0, 1]
  const power = 10 ** Math.floor(Math.log10(most / 5))
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => most / each <= 6) as number
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, at) =>
    Number((at * step).toPrecision(12)),
  )
}

function rounded(value: Value): string {
  return typeof value === 'number' ? String(Math.round(value * 100) / 100) : value
}

const INK = '#24292f'
export const FAINT = '#d0d7de'
export const PADDING = 16
/** Told apart by those who see few colours too (Okabe and Ito). */
export const COLOURS: readonly string[] = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00']
const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}
