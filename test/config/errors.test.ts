import { describe, expect, it } from 'vitest'
import { compileAnswers } from '../../src/config/compile-answers.ts'
import { OAUTH } from '../../src/decision/answer-body.ts'
import { changed, documentOf, reportOf, SAMPLE } from './sample.ts'

const withErrors = (errors: string, text = SAMPLE) => `errors: ${errors}\n${text}`
const ON_A_ROUTE = changed(
  '    upstream: accounts\n',
  '    upstream: accounts\n    errors: { format: custom }\n',
)

describe('errors', () => {
  it('may have a form of their own, everywhere or on a route', () => {
    const body = { errors: [{ code: '{name}', status: '{status}' }] }
    const written = `body: ${JSON.stringify(body)}, names: { DPOP_HTU: x, DPOP_*: y }, titles: { x: Proof }`
    const { renderer } = compileAnswers(documentOf(withErrors(`{ format: custom, ${written} }`)))
    expect(renderer).toEqual({
      contentType: 'application/json',
      body,
      names: { DPOP_HTU: 'x', 'DPOP_*': 'y' },
      titles: { x: 'Proof' },
    })
    const charset = '{ format: custom, body: x, media_type: application/json; charset=utf-8 }'
    expect(compileAnswers(documentOf(withErrors(charset))).renderer.contentType).toBe(
      'application/json; charset=utf-8',
    )
    const elsewhere = documentOf(withErrors(`{ format: oauth, ${written} }`, ON_A_ROUTE))
    expect(compileAnswers(elsewhere).renderer).toBe(OAUTH)
    expect(elsewhere.routes[0]!.errors).toEqual({ format: 'custom' })
  })

  it.each([
    [
      'errors.format: expected `errors.body` in this file, which custom is, found none',
      withErrors('{ format: custom }'),
    ],
    ['routes[0].errors.format: expected `errors.body` in this file', ON_A_ROUTE],
    [
      'errors.body: expected `format: custom`, here or on a route, found none',
      withErrors('{ body: { a: b } }'),
    ],
    [
      'errors.body.a[1]: expected a text in which braces have one of type, title,',
      withErrors('{ format: custom, body: { a: [1, "{statuss}"] } }'),
    ],
    [
      'errors.names.dpop: expected a code such as TOKEN_EXPIRED',
      withErrors('{ format: custom, body: x, names: { dpop: y } }'),
    ],
    [
      'errors.statuses.CONSENT_STATE: expected one of 400, 401, 403, 404, 409, 422, found 200',
      withErrors('{ statuses: { CONSENT_STATE: 200 } }'),
    ],
    ['errors.echo: expected the name of a field that begins with X-', withErrors('{ echo: Content-Length }')],
    [
      'errors.media_type: expected a media type',
      withErrors('{ format: custom, body: x, media_type: "json; a" }'),
    ],
  ])('%s', (says, text) => {
    expect(reportOf(text)).toContain(says)
  })
})
