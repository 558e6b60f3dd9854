import { readFileSync, writeFileSync } from 'node:fs'
import { CONDITIONS_AFTER, CONDITIONS_BEFORE, conditionTable } from './condition-table.ts'
import { DIALECTS_AFTER, DIALECTS_BEFORE, dialectTable } from './dialect-table.ts'
import { type JsonSchema, jsonSchema, writtenSchema } from './json-schema.ts'

/** config/README.md: every key of the configuration file, one table a mapping. */
export function referencePage(): string {
  const whole = writtenSchema()
  const { require } = whole.properties!.routes!.items!.properties!
  const tables = [...sections(whole, '', require!), ...conditionSection()]
  return `${HEAD.trim()}\n\n${tables.join('\n\n')}\n`
}

/**
 * The table of a mapping, and after it those of the mappings in it. `at` is its path, empty for the file itself. What may stand in
 * `demands` stands in other mappings too, and is told there alone.
 */
function sections(schema: JsonSchema, at: string, demands: JsonSchema): string[] {
  const all = Object.entries(schema.properties ?? {})
  const properties = LIKE_DEMANDS.has(at)
    ? all.filter(([key, { description }]) => demands.properties?.[key]?.description !== description)
    : all
  const rows = properties.map(([key, value]) =>
    row(key, value, schema.required?.includes(key) ?? false, below(at, key)),
  )
  const heading = at === '' ? '## The file' : `## \`${at}\``
  const table = rows.length === 0 ? [] : [aligned([['Key', 'Type', 'Default', 'Meaning'], ...rows])]
  const others = properties.length === all.length ? [] : [OTHERS]
  const inner = properties.flatMap(([key, value]) => {
    const [path, mapping] = innerMapping(below(at, key), value)
    if (mapping !== undefined) return sections(mapping, path, demands)
    // A word or a mapping: the mapping is told where the words are not enough.
    return (value.anyOf ?? []).filter(isMapping).flatMap((form) => sections(form, path, demands))
  })
  return [
    [heading, ...table, ...others].join('\n\n'),
    ...(at === 'issuers.<name>.dialect' ? dialectSection() : []),
    ...inner,
  ]
}

const LIKE_DEMANDS = new Set(['policies.<name>', 'routes[].require.shadow'])
const OTHERS =
  'All other keys are those of [`routes[].require`](#routesrequire) but `policy` and `shadow`, with the same meaning; what is not said here demands nothing.'

function dialectSection(): string[] {
  return [DIALECTS_BEFORE.trim(), aligned(dialectTable()), DIALECTS_AFTER.trim()]
}

function conditionSection(): string[] {
  return [CONDITIONS_BEFORE.trim(), aligned(conditionTable()), CONDITIONS_AFTER.trim()]
}

function row(key: string, schema: JsonSchema, required: boolean, path: string): string[] {
  const otherwise = JSON.stringify(schema.default)?.replaceAll('"', '').replaceAll(',', ', ')
  const standard = otherwise === undefined || otherwise === '{}' ? '' : `\`${otherwise}\``
  return [
    `\`${key}\``,
    typeText(schema, path),
    required ? '**required**' : standard,
    cell(schema.description ?? ''),
  ]
}

/** A Markdown table as the formatter leaves it, so that formatting the repository does not make the page stale. */
function aligned([head = [], ...rows]: string[][]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  )
  const rule = widths.map((width) => '-'.repeat(width))
  const lines = [head, rule, ...rows].map((row) => row.map((text, column) => text.padEnd(widths[column]!)))
  return lines.map((texts) => `| ${texts.join(' | ')} |`).join('\n')
}

function typeText(schema: JsonSchema, path: string): string {
  const [inner, mapping] = innerMapping(path, schema)
  if (mapping !== undefined)
    return `[${schema.type === 'array' ? 'list' : 'mapping'}](#${anchor(inner)})${schema.anyOf === undefined ? '' : ', or a list'}`
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${word}\``).join(' \\| ')
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.type === 'array') return `list of ${typeText(schema.items ?? {}, path)}`
  const [one, many] = schema.anyOf ?? []
  if (one === undefined) return cell(schema.title ?? 'mapping')
  return many?.type === 'array'
    ? `${typeText(one, path)}, or a list`
    : (schema.anyOf ?? []).map((form) => typeText(form, path)).join(' or ')
}

/** The mapping that a key leads to, with its path: itself, the items of a list, or the values of a mapping of names. */
function innerMapping(path: string, schema: JsonSchema): [string, JsonSchema | undefined] {
  const { items, additionalProperties: values } = schema
  if (items?.properties !== undefined) return [`${path}[]`, items]
  if (typeof values === 'object' && values.properties !== undefined) return [`${path}.<name>`, values]
  const [one, many] = schema.anyOf ?? []
  if (one?.properties !== undefined && many?.items !== undefined) return [`${path}[]`, one]
  // A JWK Set has keys that are not ours to describe.
  return [path, schema.properties === undefined || values !== false ? undefined : schema]
}

function isMapping({ properties }: JsonSchema): boolean {
  return properties !== undefined
}

function below(at: string, key: string): string {
  return at === '' ? key : `${at}.${key}`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

/** GitHub's anchor of a heading. */
function anchor(heading: string): string {
  return heading.toLowerCase().replace(/[^a-z0-9_ -]/g, '')
}

function main(write: boolean): void {
  const pages = [
    { url: new URL('../../config/README.md', import.meta.url), text: referencePage() },
    {
      url: new URL('../../config/holdfast.schema.json', import.meta.url),
      text: `${JSON.stringify(jsonSchema(), null, 2)}\n`,
    },
  ]
  if (write) for (const { url, text } of pages) writeFileSync(url, text)
  const stale = pages.filter(({ url, text }) => textOf(url) !== text)
  for (const { url } of stale) {
    console.error(
      `config/${url.pathname.split('/').at(-1)} does not match the schemas: run \`npm run docs\`.`,
    )
  }
  if (stale.length > 0) process.exitCode = 1
}

function textOf(url: URL): string | undefined {
  try {
    return readFileSync(url, 'utf8')
  } catch {
    return undefined
  }
}

const HEAD = `
# Configuration

<!-- Written by \`npm run docs\` from the schemas in src/config; edit those. -->

One YAML file. [holdfast.yaml](holdfast.yaml) shows most of it with comments, and [holdfast.schema.json](holdfast.schema.json)
lets an editor complete and check it: put \`# yaml-language-server: $schema=holdfast.schema.json\` in its first line.
\`npm start -- --config FILE --check\` reports every problem of a file at once, each with its line and column.

Complete files to begin with; the lines that are yours to change say \`replace\`:

- [jobs/edge-mtls.yaml](jobs/edge-mtls.yaml): an edge gateway before an API that knows nothing of OAuth. Client certificates, and tokens
  that are bound to them (RFC 8705).
- [jobs/sidecar-dpop.yaml](jobs/sidecar-dpop.yaml): a sidecar in Kubernetes, before one service. DPoP (RFC 9449), with JWTs or opaque tokens.
- [jobs/open-banking.yaml](jobs/open-banking.yaml): the central gateway of a bank, by FAPI 2.0. DPoP or certificates, signed requests
  and answers, consents. [ecosystems/](ecosystems/README.md) has those of four ecosystems.

- **Keys** are the names of the OAuth registries and of the specifications. A key that is not listed here is a problem.
- **Whatever weakens a rule** starts with \`danger_\`; those in use are listed at start.
- **Paths** are relative to the folder of the configuration file.
- **Durations** have a unit: \`500ms\`, \`60s\`, \`5m\`, \`1h\`. **Sizes** too: \`512B\`, \`64KiB\`, \`10MiB\`, \`1GiB\`.
- **"Or a list"**: one value, or several in a list.
- **Environment**: \`\${NAME}\` in a value stands for the variable, \`\${NAME:-default}\` for the default where the variable is
  unset or empty, \`$\${\` for a plain \`\${\`. Variables fill values and never add structure. A value that is nothing but an
  unquoted reference is read as YAML reads it, so that \`threads: \${THREADS:-2}\` is a number; between \`{ }\` and \`[ ]\` YAML
  wants quotes around a reference, and it is a text.
- **Anchors and aliases** (\`&name\`, \`*name\`) may repeat a value as a whole. Merge keys (\`<<\`) and keys of your own that begin with
  \`x-\` are problems like any other unknown key; what routes have in common goes into [\`policies\`](#policiesname).
- **Secrets** belong in files: \`client_secret_file\`.
- **Conditions** are CEL over [what was proved](#conditions).
`

if (import.meta.main) main(process.argv.includes('--write'))
