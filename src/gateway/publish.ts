import { D } from '../decision/denials.ts'
import type { Publication } from '../decision/publication.ts'
import { type Exchange, INTERACTION_ID } from './exchange.ts'
import type { Outcome } from './forward.ts'

/**
 * Answers with a document of our own. Anybody may ask, from a page of any origin too: there is nothing about the asker in it.
 * What was signed is kept as long as readers may keep it, so that nobody can have us sign as fast as they ask.
 */
export function publish(
  exchange: Exchange,
  publication: Publication,
  now: number,
  { done, failed }: Outcome,
): void {
  const text = kept(publication, now)
  if (text === undefined) return failed(D.SIGNING_UNAVAILABLE, 'no signing key has its turn')
  const send = (body: string) => {
    if (exchange.downstream.isGone) exchange.gone = true
    else respond(exchange, publication, body)
    done()
  }
  if (typeof text === 'string') send(text)
  else text.then(send).catch((problem) => failed(D.SIGNING_UNAVAILABLE, String(problem)))
}

function respond(exchange: Exchange, { type, maxAge }: Publication, body: string): void {
  exchange.status = 200
  const fields = ['content-type', type, 'cache-control', `public, max-age=${maxAge}`, ...FOR_ALL]
  exchange.downstream.answer(200, [...fields, INTERACTION_ID, exchange.interactionId], body, false)
}

function kept(publication: Publication, now: number): string | Promise<string> | undefined {
  const known = KEPT.get(publication)
  // Nor before it was signed: a clock that was ahead has been set back.
  if (known !== undefined && known.since <= now && now < known.since + publication.maxAge) return known.text
  const text = publication.text(now)
  if (text === undefined) return undefined
  KEPT.set(publication, { text, since: now })
  if (typeof text !== 'string') text.catch(() => KEPT.delete(publication))
  return text
}

const KEPT = new WeakMap<Publication, { readonly text: string | Promise<string>; readonly since: number }>()
const FOR_ALL = ['access-control-allow-origin', '*', 'x-content-type-options', 'nosniff']
