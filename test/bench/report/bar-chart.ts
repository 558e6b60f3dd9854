import { COLOURS, element, FAINT, label, PADDING, picture, ticks } from './svg.ts'

export interface Bar {
  readonly title: string
  readonly value: number
  /** The whisker: how far the rounds lay apart. */
  readonly least: number
  readonly most: number
  /** Bars of one kind have one colour. */
  readonly kind: number
}

/** Bars that lie, one below the other, their values beside them. */
export function barChart(title: string, unit: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map((bar) => bar.most))
  const steps = ticks(most)
  const end = steps.at(-1) as number
  const x = (value: number) => LEFT + (value / end) * (WIDTH - LEFT - RIGHT)
  const bottom = TOP + bars.length * STEP
  const grid = steps.flatMap((step) => [
    element('line', { x1: x(step), x2: x(step), y1: TOP, y2: bottom, stroke: FAINT }),
    label(x(step), bottom + 16, `${step}`, 'middle'),
  ])
  const drawn = bars.flatMap(({ title: name, value, least, most: highest, kind }, at) => {
    const y = TOP + at * STEP
    const middle = y + STEP / 2
    return [
      label(LEFT - 8, middle + 4, name, 'end'),
      element('rect', { x: LEFT, y: y + 3, width: x(value) - LEFT, height: STEP - 6, fill: colour(kind) }),
      element('line', { x1: x(least), x2: x(highest), y1: middle, y2: middle, stroke: '#000000' }),
      label(x(highest) + 6, middle + 4, written(value)),
    ]
  })
  const axis = label(x(0), bottom + 34, unit)
  return picture(WIDTH, bottom + 34 + PADDING, title, ...grid, ...drawn, axis)
}

function colour(kind: number): string {
  return COLOURS[kind % COLOURS.length] as string
}

function written(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1)
}

const WIDTH = 860
const LEFT = 300
const RIGHT = 60
const TOP = 44
const STEP = 20
