import { isDenial } from '../../src/domain/denial.ts'
import { Need } from '../../src/domain/need.ts'

/** In a word, what a step of the decision answered: the code of a denial, `NEED …`, or `accepted`. */
export function outcome(answer: unknown): string {
  if (isDenial(answer)) return answer.code
  return answer instanceof Need ? `NEED ${answer.kind} ${answer.subject}` : 'accepted'
}
