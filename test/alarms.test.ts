import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ALARMS, type Samples } from './support/alarms.ts'
import { NO_ALARMS } from './support/no-alarms.ts'
import { readText } from './support/source.ts'
import { needs, run } from './support/wire-programs.ts'

/** Prometheus' own judgement of the alerting rules: `promtool` evaluates them over samples that a gateway in trouble would give. */

interface Rule {
  readonly alert: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

const FILE = join(import.meta.dirname, '../deploy/prometheus/alerts.yaml')
const rules: readonly Rule[] = parse(readText('deploy/prometheus/alerts.yaml')).groups.flatMap(
  (group: { rules: Rule[] }) => group.rules,
)

describe.runIf(needs('promtool', '--version'))('Prometheus', () => {
  it('takes the alerting rules as they are', async () => {
    expect(await run('promtool', ['check', 'rules', FILE])).toMatchObject({ code: 0, stderr: '' })
  })

  it.each(TITLED)('wakes by %s', async (_, { alert, samples, before, fires, labels = {}, says }) => {
    const { labels: severity, annotations } = rules.find((rule) => rule.alert === alert) as Rule
    const told = {
      exp_labels: { ...severity, ...labels },
      exp_annotations: { ...annotations, summary: says },
    }
    await agree(samples, [
      { eval_time: `${before}m`, alertname: alert, exp_alerts: [] },
      { eval_time: `${fires}m`, alertname: alert, exp_alerts: [told] },
    ])
  })

  it.each(Object.entries(NO_ALARMS))('lets everybody sleep: %s', async (_, samples) => {
    const silent = rules.flatMap(({ alert }) =>
      MINUTES.map((minute) => ({ eval_time: `${minute}m`, alertname: alert, exp_alerts: [] })),
    )
    await agree({ 'holdfast_info{version="1",snapshot="a"}': '1x60', ...samples }, silent)
  })
})

it('each alerting rule has something that it is for', () => {
  const names = rules.map(({ alert }) => alert)
  expect([...new Set(ALARMS.map(({ alert }) => alert))]).toEqual(names)
})

const TITLED = ALARMS.map(
  (alarm) => [`${alarm.alert}${alarm.when === undefined ? '' : `: ${alarm.when}`}`, alarm] as const,
)

/** Each of the hour. */
const MINUTES = Array.from({ length: 60 }, (_, minute) => minute)

async function agree(samples: Samples, expected: readonly object[]): Promise<void> {
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-alarms-')), 'test.yaml')
  const series = Object.entries(samples).map(([name, values]) => ({ series: name, values }))
  const test = { interval: '1m', input_series: series, alert_rule_test: expected }
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ rule_files: [FILE], evaluation_interval: '1m', tests: [test] }))
  const { code, stdout, stderr } = await run('promtool', ['test', 'rules', file])
  expect({ code, told: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, told: '' })
}
