import { describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { anchorsOf } from './support/anchors.ts'
import { everythingExposed } from './support/exposed-metrics.ts'
import { codesIn, labelsLeftBy, selectorsIn, strangersIn } from './support/promql.ts'
import { readText } from './support/source.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

const exposed = await everythingExposed()
const document = parseDocument(readText('deploy/prometheus/alerts.yaml'))
const rules: Rule[] = document.toJS().groups.flatMap((group: { rules: Rule[] }) => group.rules)

it('the alerting rules are YAML', () => {
  expect([...document.errors, ...document.warnings]).toEqual([])
})

describe.each(rules)('$alert', ({ expr, labels, annotations }) => {
  it('asks for what a gateway exposes', () => {
    expect(strangersIn(expr, exposed)).toEqual([])
    expect(selectorsIn(expr)).not.toEqual([])
    const named = [
      ...Object.values(annotations)
        .join('\n')
        .matchAll(/\$labels\.(\w+)/g),
    ].map(([, label]) => label)
    expect(named.filter((label) => !labelsLeftBy(expr, exposed).includes(label as string))).toEqual([])
  })

  it('asks for codes that there are', () => {
    const known = readText('config/CODES.md')
    expect(codesIn(expr).filter((code) => !known.includes(`\`${code}\``))).toEqual([])
  })

  it('says how urgent it is, what there is, and where the runbook tells what to do', () => {
    expect(labels['severity']).toMatch(/^(?:critical|warning)$/)
    expect(annotations['summary']).toMatch(/^[A-Z].*[^.]$/)
    const [, page, anchor] = /^[A-Z].*\. (deploy\/\w+\.md)#(\S+)$/.exec(annotations['description']!) ?? []
    expect(anchorsOf(readText(page!))).toContain(anchor)
  })
})

/** A 503 is no failure to `HoldfastUpstreamFailing`, so each must be asked for by its code. */
it('each code of what is refused for want of something of ours wakes somebody', () => {
  const refused = [...readText('config/CODES.md').matchAll(/`([A-Z_]+)` \| 503/g)].map(([, code]) => code)
  const asked = rules.flatMap(({ expr }) => codesIn(expr))
  expect(refused.filter((code) => !asked.includes(code as string))).toEqual([
    // `holdfast_evidence_failing` tells.
    'EVIDENCE_UNAVAILABLE',
    // The keys of one client, whose server is its own.
    'SIG_KEYS_UNAVAILABLE',
  ])
})

it('each of the runbook has a rule, and each rule is in the runbook', () => {
  const [, list = ''] = /\balerts\.yaml\)[\s\S]*?\n\n(- [\s\S]*?\n)\n/.exec(readText('deploy/watch.md')) ?? []
  const bullets = list.split(/^- /m).slice(1)
  const told = bullets.map((bullet) => [...bullet.matchAll(/`(Holdfast\w+)`/g)].map(([, name]) => name))
  expect(told.filter((names) => names.length === 0)).toEqual([])
  expect(told.flat()).toEqual(rules.map(({ alert }) => alert))
})
