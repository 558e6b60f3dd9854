import { type Answers, OAUTH, PROBLEM, type Renderer, type Template } from '../decision/answer-body.ts'
import type { Document, RouteDocument } from './document.ts'
import type { ErrorFormat, ErrorsDocument } from './schema/errors.ts'

/** How refusals are written where no route says otherwise. */
export function compileAnswers({ errors }: Document): Answers {
  return {
    renderer: rendererOf(errors.format, errors),
    documentation: errors.documentation ?? null,
    statuses: errors.statuses,
    echoes: errors.echo.map((name) => name.toLowerCase()),
  }
}

/** Null: as everywhere. */
export function compileRouteAnswers({ errors }: RouteDocument, document: Document): Answers | null {
  return errors === undefined
    ? null
    : { ...compileAnswers(document), renderer: rendererOf(errors.format, document.errors) }
}

function rendererOf(
  format: ErrorFormat,
  { media_type: contentType, body, names, titles }: ErrorsDocument,
): Renderer {
  if (format === 'problem') return PROBLEM
  return format === 'oauth' ? OAUTH : { contentType, body: body as Template, names, titles }
}
