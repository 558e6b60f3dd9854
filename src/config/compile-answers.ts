import { type Answers, OAUTH, PROBLEM, type Renderer } from '../decision/answer-body.ts'
import type { Document, RouteDocument } from './document.ts'
import type { ErrorFormat } from './schema/errors.ts'

/** How refusals are written where no route says otherwise. */
export function compileAnswers({ errors }: Document): Answers {
  return { renderer: RENDERERS[errors.format], documentation: errors.documentation ?? null }
}

/** Null: as everywhere. */
export function compileRouteAnswers({ errors }: RouteDocument, document: Document): Answers | null {
  return errors === undefined ? null : { ...compileAnswers(document), renderer: RENDERERS[errors.format] }
}

const RENDERERS: Readonly<Record<ErrorFormat, Renderer>> = { problem: PROBLEM, oauth: OAUTH }
