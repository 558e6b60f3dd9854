import { expect, it } from 'vitest'
import { barChart } from './bar-chart.ts'
import { briefly, lineChart } from './line-chart.ts'
import { element, label, ticks } from './svg.ts'
import { withSection } from './write.ts'

it('an element escapes what it is given', () => {
  expect(element('a', { b: '"<&' }, label(1, 2.345, 'x < y & z'))).toBe(
    '<a b="&quot;&lt;&amp;"><text x="1" y="2.35" text-anchor="start">x &lt; y &amp; z</text></a>',
  )
  expect(element('a', { b: 1 })).toBe('<a b="1"/>')
})

it('an axis has a handful of round steps that reach its end', () => {
  expect(ticks(97)).toEqual([0, 20, 40, 60, 80, 100])
  expect(ticks(0.3)).toEqual([0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3])
  for (const most of [0.001, 1, 7, 42, 99, 100, 101, 5_000, 123_456]) {
    const steps = ticks(most)
    expect(steps.at(-1)).toBeGreaterThanOrEqual(most)
    expect(steps.length).toBeLessThanOrEqual(7)
  }
  expect(ticks(0)).toEqual([0, 1])
})

it('a bar is as long as its value', () => {
  const svg = barChart('t', 'µs', [
    { title: 'a', value: 100, least: 90, most: 100, kind: 0 },
    { title: 'b', value: 50, least: 50, most: 50, kind: 1 },
  ])
  const widths = [...svg.matchAll(/<rect x="300"[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width))
  expect(widths).toEqual([500, 250])
})

it('a line goes through its points, from one end of the axis to the other', () => {
  const svg = lineChart('t', 'x', 'y', [
    {
      name: 'a',
      points: [
        [1, 10],
        [10, 5],
        [100, 0],
      ],
    },
  ])
  expect(svg).toContain('points="76.0,60.0 382.0,200.0 688.0,340.0"')
  expect(lineChart('t', 'x', 'y', [{ name: 'a', points: [[5, 1]] }])).not.toContain('NaN')
})

it('large numbers are written briefly', () => {
  expect([1, 999, 1_000, 2_500, 100_000, 2e6, 3e9].map(briefly)).toEqual([
    '1',
    '999',
    '1k',
    '2.5k',
    '100k',
    '2M',
    '3G',
  ])
})

it('results go between their marks, and leave the rest of the page alone', () => {
  const page = 'a\n<!-- one -->\nold\n<!-- end -->\nb\n<!-- two -->\nold\n<!-- end -->\nc'
  expect(withSection(page, 'two', 'new $1')).toBe(
    'a\n<!-- one -->\nold\n<!-- end -->\nb\n<!-- two -->\n\nnew $1\n\n<!-- end -->\nc',
  )
  expect(() => withSection(page, 'three', 'new')).toThrow('no section “three”')
})
