import { COLOURS, element, FAINT, label, PADDING, picture, ticks } from './svg.ts'

export interface Line {
  readonly name: string
  readonly points: readonly (readonly [number, number])[]
}

/** Lines over a logarithmic axis; below it stand the very values that were measured at. */
export function lineChart(title: string, xLabel: string, yLabel: string, lines: readonly Line[]): string {
  const points = lines.flatMap((line) => line.points)
  const values = [...new Set(points.map(([at]) => at))].sort((a, b) => a - b)
  const steps = ticks(Math.max(...points.map(([, value]) => value)))
  const end = steps.at(-1) as number
  const low = Math.log(values[0] as number)
  const span = Math.log(values.at(-1) as number) - low || 1
  const x = (value: number) => LEFT + ((Math.log(value) - low) / span) * (WIDTH - LEFT - RIGHT)
  const y = (value: number) => BOTTOM - (value / end) * (BOTTOM - TOP)
  const grid = steps.flatMap((step) => [
    element('line', { x1: LEFT, x2: WIDTH - RIGHT, y1: y(step), y2: y(step), stroke: FAINT }),
    label(LEFT - 8, y(step) + 4, `${step}`, 'end'),
  ])
  const axis = values.map((value) => label(x(value), BOTTOM + 18, briefly(value), 'middle'))
  const drawn = lines.flatMap((line, at) => drawLine(line, COLOURS[at % COLOURS.length] as string, x, y))
  const legend = lines.flatMap(({ name }, at) => [
    element('rect', {
      x: LEFT + at * 190,
      y: 36,
      width: 12,
      height: 12,
      fill: COLOURS[at % COLOURS.length] as string,
    }),
    label(LEFT + at * 190 + 18, 47, name),
  ])
  const labels = [
    label((LEFT + WIDTH - RIGHT) / 2, BOTTOM + 38, xLabel, 'middle'),
    label(0, 0, yLabel, 'middle', { transform: `translate(18 ${(TOP + BOTTOM) / 2}) rotate(-90)` }),
  ]
  return picture(WIDTH, BOTTOM + 38 + PADDING, title, ...grid, ...axis, ...drawn, ...legend, ...labels)
}

function drawLine(
  { points }: Line,
  colour: string,
  x: (value: number) => number,
  y: (value: number) => number,
): readonly string[] {
  const path = points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
  return [
    element('polyline', { points: path, fill: 'none', stroke: colour, 'stroke-width': 2 }),
    ...points.map(([at, value]) => element('circle', { cx: x(at), cy: y(value), r: 3, fill: colour })),
  ]
}

/** `100k` and the like. */
export function briefly(value: number): string {
  const [unit, factor] = UNITS.find(([, least]) => value >= least) ?? ['', 1]
  return `${Number((value / factor).toPrecision(3))}${unit}`
}

const UNITS: readonly (readonly [string, number])[] = [
  ['G', 1e9],
  ['M', 1e6],
  ['k', 1e3],
]
const WIDTH = 720
const LEFT = 76
const RIGHT = 32
const TOP = 60
const BOTTOM = 340
