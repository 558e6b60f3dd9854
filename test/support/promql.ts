import type { Exposed } from './exposed-metrics.ts'

/** What an expression asks for that nobody exposes: metrics, and labels that no metric of it has. */
export function strangersIn(expr: string, exposed: Exposed): string[] {
  const selectors = selectorsIn(expr)
  const unknown = selectors.map(({ metric }) => metric).filter((metric) => !exposed.has(metric))
  const matched = selectors.flatMap(({ metric, labels }) =>
    labels
      .filter((label) => !labelsOf(metric, exposed).includes(label))
      .map((label) => `${metric}{${label}}`),
  )
  const there = selectors.flatMap(({ metric }) => labelsOf(metric, exposed))
  return [...unknown, ...matched, ...groupedBy(expr).filter((label) => !there.includes(label))]
}

/** Metrics of an expression, each as often as it is asked for, with the labels that must have a value. */
export function selectorsIn(expr: string): { readonly metric: string; readonly labels: string[] }[] {
  const rest = expr.replaceAll(GROUPING, ' ').replaceAll(/\[[^\]]*\]/g, ' ')
  return [...rest.matchAll(/\b([a-z]\w*)\b(?:\{([^}]*)\})?/g)]
    .filter(([, name]) => !FUNCTIONS.has(name as string))
    .map(([, name, matchers = '']) => ({
      metric: name as string,
      labels: [...matchers.matchAll(/(\w+)\s*[=!]~?\s*"/g)].map(([, label]) => label as string),
    }))
}

/** The labels that its result has: those that it is grouped by, else those of its metrics. */
export function labelsLeftBy(expr: string, exposed: Exposed): string[] {
  if (/\b(?:sum|min|max|count)\b/.test(expr)) return groupedBy(expr)
  return selectorsIn(expr).flatMap(({ metric }) => labelsOf(metric, exposed))
}

/** Codes that an expression looks for, those of a pattern one by one. */
export function codesIn(expr: string): string[] {
  return [...expr.matchAll(/\bcode=~?"([^"]*)"/g)].flatMap(([, value]) => (value as string).split('|'))
}

function groupedBy(expr: string): string[] {
  return [...expr.matchAll(GROUPING)].flatMap(([, labels]) => (labels as string).match(/\w+/g) ?? [])
}

/** With those that Prometheus adds. */
function labelsOf(metric: string, exposed: Exposed): string[] {
  return [...(exposed.get(metric) ?? []), 'job', 'instance']
}

const GROUPING = /\b(?:by|without|on|group_left) \(([^)]*)\)/g
const FUNCTIONS = new Set(
  'absent and changes count histogram_quantile increase max min or rate scalar sum time topk unless vector'.split(
    ' ',
  ),
)
