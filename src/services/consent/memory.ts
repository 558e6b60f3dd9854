import { boundedMemo, type MemoCounts } from '../../domain/memo.ts'
import type { Memo, SaidOfConsent } from '../../domain/ports.ts'
import type { Remembered } from '../http/answers.ts'

/** For so many answers of one consent service. How long one is may be up to the client that it was made for, so a long one counts as several. */
export function consentMemory(entries: number, counts?: MemoCounts): Memo<string, Remembered<SaidOfConsent>> {
  const weigh = ({ said }: Remembered<SaidOfConsent>) => Math.ceil(JSON.stringify(said).length / USUAL_LENGTH)
  return boundedMemo(entries, { counts, weigh })
}

/** Characters. */
const USUAL_LENGTH = 1024
