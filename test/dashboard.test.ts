import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { anchorsOf } from './support/anchors.ts'
import { everythingExposed } from './support/exposed-metrics.ts'
import { codesIn, labelsLeftBy, selectorsIn, strangersIn } from './support/promql.ts'
import { readText } from './support/source.ts'
import { needs, run } from './support/wire-programs.ts'

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource?: object
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string; readonly legendFormat?: string }[]
}

const dashboard = JSON.parse(readText('deploy/grafana/holdfast.json'))
const all: readonly Panel[] = dashboard.panels
const panels = all.filter(({ type }) => type !== 'row')
const exposed = await everythingExposed()

describe.each(panels)('$title', ({ description = '', datasource, targets = [] }) => {
  it.each(targets)('asks for what a gateway exposes: $expr', ({ expr, legendFormat = '' }) => {
    expect(strangersIn(expr, exposed)).toEqual([])
    const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label)
    expect(named.filter((label) => !labelsLeftBy(expr, exposed).includes(label as string))).toEqual([])
  })

  it.each(targets)('asks those that are chosen, for codes that there are: $expr', ({ expr }) => {
    for (const { metric, labels } of selectorsIn(expr))
      expect([metric, ...labels.slice(0, 2)]).toEqual([metric, 'job', 'instance'])
    const known = readText('config/CODES.md').match(/(?<=`)[A-Z_]+(?=`)/g) ?? []
    const none = codesIn(expr).filter((code) => !known.some((each) => new RegExp(`^${code}$`).test(each)))
    expect(none).toEqual([])
  })

  it('says what it means, and where the runbook tells what to do', () => {
    const [, page, anchor] = /^[A-Z`\d].*\. (deploy\/\w+\.md)#(\S+)$/.exec(description) ?? []
    expect(anchorsOf(readText(page!))).toContain(anchor)
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana
    expect(datasource).toEqual({ type: 'prometheus', uid: '${datasource}' })
    expect(targets.length).toBeGreaterThan(0)
  })
})

it.runIf(needs('promtool', '--version'))('Prometheus takes each of its expressions', async () => {
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => chosen(expr)))
  const rules = expressions.map((expr, at) => ({ record: `panel:${at}`, expr }))
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-dashboard-')), 'rules.yaml')
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }))
  expect(await run('promtool', ['check', 'rules', file])).toMatchObject({ code: 0, stderr: '' })
})

it('every metric of ours is on it', () => {
  const shown = new Set(
    panels
      .flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => selectorsIn(expr)))
      .map(({ metric }) => metric),
  )
  const ours = [...exposed.keys()].filter(
    (name) => name.startsWith('holdfast_') && !/_(?:sum|count)$/.test(name),
  )
  expect(ours.filter((name) => !shown.has(name))).toEqual([])
})

it('the panels have numbers of their own, and none lies over another', () => {
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
  const cells = all.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
  expect(Math.max(...all.map(({ gridPos: { x, w } }) => x + w))).toBe(24)
})

/** As Grafana asks it: with what was chosen, over five minutes. */
function chosen(expr: string): string {
  return expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$(?:job|instance)\b/g, '.*')
}
