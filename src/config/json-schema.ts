import * as z from 'zod'
import { documentSchema } from './document.ts'

/** The part of JSON Schema (draft 7) that the configuration needs. */
export interface JsonSchema {
  type?: string | string[]
  title?: string
  description?: string
  default?: unknown
  pattern?: string
  enum?: unknown[]
  const?: unknown
  anyOf?: JsonSchema[]
  items?: JsonSchema
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean | JsonSchema
}

/** The JSON Schema of the file as it is written, for editors: `# yaml-language-server: $schema=holdfast.schema.json`. */
export function jsonSchema(): JsonSchema {
  const schema = writtenSchema()
  withReferences(schema)
  withPolicies(schema)
  return { ...schema, title: 'Holdfast configuration' }
}

/** The same without room for references to the environment. */
export function writtenSchema(): JsonSchema {
  return z.toJSONSchema(documentSchema, { io: 'input', target: 'draft-7' }) as JsonSchema
}

/** The issuer of a route may be said by a policy that it names. */
function withPolicies({ properties }: JsonSchema): void {
  const require = properties?.['routes']?.items?.properties?.['require']
  if (require === undefined) return
  require.required = (require.required ?? []).filter((key) => key !== 'issuer')
  require.anyOf = [{ required: ['issuer'] }, { required: ['policy'] }]
}

/** Wherever a value stands, `${NAME}` may stand instead: what it becomes is checked at the start. */
function withReferences(schema: JsonSchema): void {
  if (schema.enum !== undefined || schema.const !== undefined) {
    const { description, default: otherwise, ...choice } = schema
    for (const key of Object.keys(choice)) delete schema[key as keyof JsonSchema]
    schema.anyOf = [choice, { type: 'string', pattern: REFERENCE }]
    return
  }
  if (schema.type === 'string' && schema.pattern !== undefined)
    schema.pattern = `(?:${schema.pattern})|${REFERENCE}`
  if (schema.type === 'integer' || schema.type === 'boolean') {
    schema.type = [schema.type, 'string']
    schema.pattern = REFERENCE
  }
  for (const inner of [...(schema.anyOf ?? []), ...Object.values(schema.properties ?? {})])
    withReferences(inner)
  if (schema.items !== undefined) withReferences(schema.items)
  if (typeof schema.additionalProperties === 'object') withReferences(schema.additionalProperties)
}

const REFERENCE = '\\$\\{'
