import type { Dialect, GrantRule, ScopeSource } from '../verify/access-token/dialect.ts'
import { dialects } from '../verify/access-token/dialects.ts'
import type { DialectDocument, OwnDialectDocument } from './schema/dialect.ts'

/** A named dialect, or one with some of its parts said anew. */
export function compileDialect(document: DialectDocument): Dialect {
  if (typeof document === 'string') return dialects[document]
  const base = dialects[document.extends]
  return {
    name: `${base.name} (changed)`,
    types: document.typ === undefined ? base.types : new Set(document.typ.map((typ) => typ.toLowerCase())),
    marks: marksOf(document) ?? base.marks,
    required: document.required ?? base.required,
    refused: document.refused ?? base.refused,
    scope: document.scope?.map(scopeSource) ?? base.scope,
    clientId: document.client_id ?? base.clientId,
    grant: document.grant?.map(grantRule) ?? base.grant,
    clientAsAudience: document.client_as_audience ?? base.clientAsAudience,
  }
}

function marksOf({ marks }: OwnDialectDocument): Dialect['marks'] | undefined {
  return marks === undefined
    ? undefined
    : new Map(Object.entries(marks).map(([claim, values]) => [claim, new Set(values)]))
}

/** `scp` is a text of words, `scp[]` a list. */
function scopeSource(written: string): ScopeSource {
  return written.endsWith('[]')
    ? { claim: written.slice(0, -2), shape: 'list' }
    : { claim: written, shape: 'text' }
}

function grantRule(rule: NonNullable<OwnDialectDocument['grant']>[number]): GrantRule {
  const { claim, is, starts_with: starts, same_as: same, grant } = rule
  if (is !== undefined) return { claim, test: 'is', value: is, grant }
  if (starts !== undefined) return { claim, test: 'starts', value: starts, grant }
  return same === undefined
    ? { claim, test: 'present', value: '', grant }
    : { claim, test: 'same', value: same, grant }
}
