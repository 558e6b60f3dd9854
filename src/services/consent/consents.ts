import { parseJsonObject } from '../../codec/json.ts'
import type { ConsentSource, Memo, SaidOfConsent } from '../../domain/ports.ts'
import { Answers, type PassedAnswer, type Remembered } from '../http/answers.ts'
import type { HttpsDoor } from '../http/door.ts'
import { Outage, Questions } from '../http/questions.ts'

export interface ConsentsOptions {
  readonly send: HttpsDoor
  /** With `{id}` in it. */
  readonly url: string
  /** What the service knows us by, besides a certificate: `Authorization` as it is sent; null: nothing. */
  readonly authorization: string | null
  /** Milliseconds that an answer counts; 0: every request asks for itself. */
  readonly cache: number
  /** Most questions under way or waiting for a connection; what is more is not asked. */
  readonly questions: number
  readonly memo: Memo<string, Remembered<SaidOfConsent>>
  /** Milliseconds since some fixed time; never steps back. */
  readonly clock: () => number
  readonly onAnswer: (outcome: 'found' | 'unknown' | 'failed', problem: string | null) => void
}

/** What one consent service says, asked by id and remembered for a while. */
export class Consents implements ConsentSource {
  readonly #options: ConsentsOptions
  readonly #questions: Questions<SaidOfConsent>
  readonly #answers: Answers<SaidOfConsent>

  constructor(options: ConsentsOptions) {
    const { questions: most, memo, clock, onAnswer } = options
    this.#options = options
    this.#questions = new Questions({ most, clock, onFailed: (problem) => onAnswer('failed', problem) })
    this.#answers = new Answers(memo, clock)
  }

  recall(id: string): SaidOfConsent | undefined {
    return this.#answers.find(id)?.said
  }

  /** Answers a thread that holds a replica: what is remembered, else what the service says. */
  async answer(id: string, clientId: string | null): Promise<PassedAnswer<SaidOfConsent> | undefined> {
    const { clock, cache } = this.#options
    const known = this.#answers.find(id)
    if (known !== undefined) return { said: known.said, counts: known.until - clock() }
    const said = await this.ask(id, clientId)
    return said === undefined ? undefined : { said, counts: cache }
  }

  ask(id: string, clientId: string | null): Promise<SaidOfConsent | undefined> {
    const { cache, onAnswer } = this.#options
    const question = async () => {
      const said = await this.#fetch(id)
      this.#answers.remember(id, said, cache)
      onAnswer(said === 'unknown' ? 'unknown' : 'found', null)
      return said
    }
    return this.#questions.ask(cache > 0 ? id : null, question, clientId ?? NOBODY)
  }

  async #fetch(id: string): Promise<SaidOfConsent> {
    const { send, url, authorization } = this.#options
    // One segment of the path, whatever the token says: no id leads to another resource of the service.
    const segment = encodeURIComponent(id.toWellFormed())
    if (segment === '.' || segment === '..') return 'unknown'
    const answer = await send({
      url: url.replaceAll('{id}', segment),
      method: 'GET',
      fields: { accept: 'application/json', ...(authorization === null ? {} : { authorization }) },
    }).catch((problem: Error) => {
      throw new Outage(problem.message)
    })
    if (answer.status === 404 || answer.status === 410) return 'unknown'
    if (answer.status !== 200) throw refusalOf(answer.status)
    const consent = parseJsonObject(answer.octets)
    if (consent === undefined) throw new Error('the answer of the consent service is no JSON object')
    return consent
  }
}

/** Of an id that it will not take, which a client may have chosen, or of whatever it is asked: only that is worth a pause. */
function refusalOf(status: number): Error {
  const isAboutThis = status >= 400 && status < 500 && status !== 401 && status !== 429
  return new (isAboutThis ? Error : Outage)(`the consent service answered ${status}`)
}

/** They share what one client has: no consent is theirs. */
const NOBODY = 'tokens without a client_id'
