import { describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { anchorsOf } from './support/anchors.ts'
import { filesUnder, readText } from './support/source.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

const RUNBOOK = 'deploy/README.md'
const document = parseDocument(readText('deploy/prometheus/alerts.yaml'))
const rules: Rule[] = document.toJS().groups.flatMap((group: { rules: Rule[] }) => group.rules)

it('the alerting rules are YAML', () => {
  expect([...document.errors, ...document.warnings]).toEqual([])
})

describe.each(rules)('$alert', ({ expr, labels, annotations }) => {
  it('asks for what the gateway counts, and nothing else', () => {
    const names = namesIn(expr)
    expect(names.filter((name) => !FUNCTIONS.has(name) && !exported().has(name))).toEqual([])
    expect(names.some((name) => exported().has(name))).toBe(true)
  })

  it('asks for codes that there are', () => {
    const codes = [...expr.matchAll(/\bcode=~?"([^"]*)"/g)].flatMap(([, value]) => value!.split('|'))
    const known = readText('config/CODES.md')
    expect(codes.filter((code) => !known.includes(`\`${code}\``))).toEqual([])
  })

  it('says how urgent it is, what there is, and where the runbook tells what to do', () => {
    expect(labels['severity']).toMatch(/^(?:critical|warning)$/)
    expect(annotations['summary']).toMatch(/^[A-Z].*[^.]$/)
    const [, anchor] = /^[A-Z].*\. deploy\/README\.md#(\S+)$/.exec(annotations['description']!) ?? []
    expect(anchorsOf(readText(RUNBOOK))).toContain(anchor)
  })
})

it('each of the runbook has a rule, and each rule is in the runbook', () => {
  const [, list = ''] = /\balerts\.yaml\)[\s\S]*?\n\n(- [\s\S]*?\n)\n/.exec(readText(RUNBOOK)) ?? []
  const bullets = list.split(/^- /m).slice(1)
  const told = bullets.map((bullet) => [...bullet.matchAll(/`(Holdfast\w+)`/g)].map(([, name]) => name))
  expect(told.filter((names) => names.length === 0)).toEqual([])
  expect(told.flat()).toEqual(rules.map(({ alert }) => alert))
})

/** Functions, operators and metrics of an expression, without its labels and durations. */
function namesIn(expr: string): string[] {
  return expr.replaceAll(/\{[^}]*\}|\[[^\]]*\]|\bby \([^)]*\)|\boffset \w+/g, ' ').match(/[a-z]\w*/g) ?? []
}

function exported(): ReadonlySet<string> {
  const sources = filesUnder('src/services/metrics').map((path) => readText(`src/services/metrics/${path}`))
  return new Set(sources.flatMap((text) => [...text.matchAll(/'(holdfast_\w+)'/g)].map(([, name]) => name!)))
}

const FUNCTIONS = new Set(['absent', 'and', 'increase', 'or', 'rate', 'sum', 'time', 'unless'])
