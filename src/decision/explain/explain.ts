import type { UnixSeconds } from '../../domain/check.ts'
import type { Citation } from '../../domain/citation.ts'
import type { Denial } from '../../domain/denial.ts'
import type { HeldBody } from '../../domain/held-body.ts'
import type { RequestFacts } from '../../domain/request-facts.ts'
import type { Evidence } from '../evidence.ts'
import type { Scanned } from './scan.ts'
import { Lines, shown } from './shown.ts'
import { type Comparison, STEPS, type Step } from './steps.ts'

/** What became of a request: what `decide` was given, and what it left behind. */
export interface Judged {
  /** Null: refused before it was a request. */
  readonly facts: RequestFacts | null
  readonly evidence: Evidence
  /** Once it was whole; its octets are not looked at. Null: it was not held, or not yet. */
  readonly body: HeldBody | null
  /** Null: admitted. */
  readonly refused: Denial | null
  readonly now: UnixSeconds
  /** What the scan refused, where it did. */
  readonly scanned?: Scanned | null
  /** The step behind which the gateway answered by itself, where it did: nobody had to be let in for that. */
  readonly answered?: 'scan' | 'preflight'
  /** What the gateway knows of a failure, and does not tell the client. */
  readonly detail?: string | null
}

/** The way of one request through the decision. Plain data; no token, proof, signature or key is in it. */
export interface Explanation {
  readonly verdict: 'admitted' | 'refused'
  readonly code: string | null
  readonly status: number | null
  readonly cite: string | null
  readonly cause: string | null
  readonly remedy: string | null
  readonly steps: readonly ExplainedStep[]
}

export interface ExplainedStep {
  readonly step: string
  readonly state: 'passed' | 'refused' | 'not asked' | 'not reached'
  readonly compared: readonly ExplainedComparison[]
}

/** `unlooked`: a comparison before it had refused the request. `found`: no comparison of its step is what refused it. */
export interface ExplainedComparison {
  readonly what: string
  readonly came: string
  /** A text of several lines is a list of them. */
  readonly wanted: string | readonly string[]
  readonly result: 'agrees' | 'differs' | 'unlooked' | 'found'
  /** The clause that orders it, where one step carries out several. */
  readonly cite?: Citation
}

/**
 * Describes a decision that was made: it makes none. Which step refused follows from the code and from what was proved;
 * comparisons stand in the order in which the checks make them, so those before the one that refused did agree.
 */
export function explain(judged: Judged): Explanation {
  const { refused, answered } = judged
  const end = refused === null ? STEPS.find(({ name }) => name === answered) : stepOf(refused, judged)
  const last = end === undefined ? STEPS.findIndex(({ follows }) => follows) - 1 : STEPS.indexOf(end)
  const steps = STEPS.map((step, at): ExplainedStep => {
    const { name } = step
    if (at > last) return { step: name, state: 'not reached', compared: [] }
    if (step === end && refused !== null)
      return { step: name, state: 'refused', compared: compared(step, judged, refused) }
    if (step.isAsked?.(judged) === false) return { step: name, state: 'not asked', compared: [] }
    return { step: name, state: 'passed', compared: compared(step, judged, null) }
  })
  return {
    verdict: refused === null ? 'admitted' : 'refused',
    code: refused?.code ?? null,
    status: refused?.status ?? null,
    cite: refused?.cite ?? null,
    cause: refused?.says ?? null,
    remedy: refused?.remedy ?? null,
    steps,
  }
}

/** The comparison that refused, alone: no other step is gone through, and of its own nothing behind it. Undefined where none is it. */
export function whatDiffers(judged: Judged): ExplainedComparison | undefined {
  const { refused } = judged
  if (refused === null) return undefined
  for (const comparison of stepOf(refused, judged)?.compares(judged) ?? [])
    if (comparison.codes.includes(refused.code)) return told(comparison, 'differs')
  return undefined
}

/** The step that refuses with this code. Where several can, it is the first whose fruit is missing. */
function stepOf({ code }: Denial, judged: Judged): Step | undefined {
  const lengths = STEPS.map(({ refuses }) =>
    Math.max(0, ...refuses.map((each) => (code.startsWith(each) ? each.length : 0))),
  )
  const best = Math.max(...lengths)
  const able = best === 0 ? [] : STEPS.filter((_, at) => lengths[at] === best)
  return able.find((step) => !step.isBehind(judged)) ?? able.at(-1)
}

function compared(step: Step, judged: Judged, refused: Denial | null): ExplainedComparison[] {
  const comparisons = [...step.compares(judged)]
  const at = refused === null ? -1 : comparisons.findIndex(({ codes }) => codes.includes(refused.code))
  return comparisons.map((each, index) => told(each, resultOf(index, at, refused === null)))
}

function told(
  { what, came, wanted, cite }: Comparison,
  result: ExplainedComparison['result'],
): ExplainedComparison {
  return {
    what,
    came: shown(came),
    wanted: wanted instanceof Lines ? wanted.shown() : shown(wanted),
    result,
    ...(cite === undefined ? {} : { cite }),
  }
}

function resultOf(index: number, at: number, passed: boolean): ExplainedComparison['result'] {
  if (passed) return 'agrees'
  if (at < 0) return 'found'
  return index < at ? 'agrees' : index === at ? 'differs' : 'unlooked'
}
