// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to the environment are what is tested
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalogues, codesPage } from '../../src/cli/codes.ts'
import { compileCondition } from '../../src/config/condition.ts'
import { dialectTable } from '../../src/config/dialect-table.ts'
import { type JsonSchema, jsonSchema, writtenSchema } from '../../src/config/json-schema.ts'
import { referencePage } from '../../src/config/reference.ts'
import { dialects } from '../../src/verify/access-token/dialects.ts'

describe('what is generated', () => {
  it('matches the schemas; else run `npm run docs`', () => {
    expect(readFileSync(at('README.md'), 'utf8')).toBe(referencePage())
    expect(JSON.parse(readFileSync(at('holdfast.schema.json'), 'utf8'))).toEqual(jsonSchema())
  })

  it('has every code of the catalogues; else run `npm run docs`', async () => {
    expect(readFileSync(at('CODES.md'), 'utf8')).toBe(codesPage(await catalogues()))
  })

  it('has the section of every mapping that it links', () => {
    const page = referencePage()
    const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, title]) => anchorOf(title as string))
    const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, to]) => to)
    expect(links.filter((to) => !headings.includes(to as string))).toEqual([])
  })

  it('tells of every dialect where its client id is, and what it must have', () => {
    const rows = dialectTable().slice(1)
    expect(rows.map(([name]) => name)).toEqual(Object.keys(dialects).map((name) => `\`${name}\``))
    const told = Object.fromEntries(rows.map(([name = '', ...cells]) => [name, cells]))
    expect(told['`okta`']?.slice(0, 4)).toEqual([
      '`none`, `jwt`, `at+jwt`',
      '`sub`, `iat`, `jti`',
      '`scp[]`',
      '`cid`',
    ])
    expect(told['`forgerock`']?.[1]).toBe('`tokenName` = `access_token`')
  })

  it('shows conditions that compile', () => {
    const shown = /^condition:\n((?: {2}- .*\n)+)/m.exec(referencePage())?.[1] as string
    const conditions = shown
      .trim()
      .split('\n')
      .map((line) => line.replace(/^ *- /, ''))
    expect(conditions).toHaveLength(2)
    for (const each of conditions) expect(compileCondition(each), each).toBeTypeOf('function')
  })

  it('describes every key in a sentence', () => {
    for (const [path, schema] of keysOf(writtenSchema(), ''))
      expect(schema.description, path).toMatch(/^[A-Z`p].*\.$/)
  })

  it('lets an editor refuse unknown keys and check values, and lets references to the environment stand', () => {
    const { additionalProperties, properties } = jsonSchema()
    expect(additionalProperties).toBe(false)
    const duration = new RegExp(properties?.drain_timeout?.pattern ?? '')
    expect(['30s', '${DRAIN:-30s}', '30', 's'].map((text) => duration.test(text))).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(properties?.routes?.items?.properties?.require).toMatchObject({
      required: [],
      anyOf: [{ required: ['issuer'] }, { required: ['policy'] }],
    })
    expect(properties?.log?.properties?.access).toMatchObject({ type: ['boolean', 'string'], default: true })
    expect(properties?.log?.properties?.level?.anyOf?.[0]).toMatchObject({
      enum: ['debug', 'info', 'warn', 'error'],
    })
  })
})

function anchorOf(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9_ -]/g, '')
}

function at(name: string): URL {
  return new URL(`../../config/${name}`, import.meta.url)
}

function keysOf(schema: JsonSchema, path: string): [string, JsonSchema][] {
  const values = schema.additionalProperties
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, value]): [string, JsonSchema][] =>
    key === 'jwks' ? [] : [[`${path}.${key}`, value], ...keysOf(value, `${path}.${key}`)],
  )
  const items = schema.items === undefined ? [] : keysOf(schema.items, `${path}[]`)
  return [...own, ...items, ...(typeof values === 'object' ? keysOf(values, `${path}.*`) : [])]
}
