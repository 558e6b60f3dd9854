import { globSync } from 'node:fs'
import { type Denial, isDenial } from '../domain/denial.ts'
import { printed, readArguments } from './command.ts'
import { thereIsNo } from './wrong-argument.ts'

/** `holdfast codes [CODE …]`: prints cause and remedy of these codes, or of all of them as a page. Resolves to the exit code. */
export function runCodes(args: readonly string[]): Promise<number> {
  return printed('codes', async () => {
    const { values, positionals: codes } = readArguments(args, OPTIONS)
    if (values.help) return USAGE
    const groups = await catalogues()
    if (codes.length === 0) return codesPage(groups)
    const known = new Map(groups.flatMap(({ denials }) => denials.map((each) => [each.code, each])))
    let out = ''
    for (const code of codes) {
      const name = code.toUpperCase().replaceAll('-', '_')
      const denial = known.get(name)
      if (denial === undefined) return { code: 1, out, err: thereIsNo('code', name, known.keys()) }
      out += told(denial)
    }
    return out
  })
}

/** The rows of one catalogue. */
export interface Group {
  /** Path of its file under `src`. */
  readonly source: string
  readonly denials: readonly Denial[]
}

/** Every catalogue there is, found by the name of its file: `denials.ts`, and `faults.ts` for what fails behind the gateway. */
export async function catalogues(): Promise<readonly Group[]> {
  const files = globSync('**/{denials,faults}.{ts,js}', { cwd: new URL('..', import.meta.url) })
  const groups = files.map(async (file) => {
    const module: object = await import(new URL(`../${file}`, import.meta.url).href)
    const rows = Object.values(module).flatMap((each) => Object.values(each as object))
    return { source: file.replaceAll('\\', '/').replace(/\.js$/, '.ts'), denials: rows.filter(isDenial) }
  })
  const found = (await Promise.all(groups)).filter(({ denials }) => denials.length > 0)
  return found.sort((one, other) => rank(one) - rank(other) || (one.source < other.source ? -1 : 1))
}

/** config/CODES.md: one table a catalogue, in the order in which requests are judged. */
export function codesPage(groups: readonly Group[]): string {
  const tables = groups.map(({ source, denials }) => {
    const rows = denials.map(
      ({ code, status, error, cite, says, remedy }) =>
        `| <a id="${anchor(code)}"></a>\`${code}\` | ${status}${error === '' ? '' : ` \`${error}\``} | ${cite} | ${cell(says)} | ${cell(remedy)} |`,
    )
    const head = [
      '| Code | Answer | Clause | Cause | Remedy |',
      '| ---- | ------ | ------ | ----- | ------ |',
    ]
    return [`## ${TITLES[source] ?? source}`, '', `[src/${source}](../src/${source})`, '', ...head, ...rows]
  })
  return `${HEAD.trim()}\n\n${tables.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function told({ code, status, error, cite, says, remedy }: Denial): string {
  const answer = `${status}${error === '' ? '' : ` ${error}`}`
  return `${code}: ${answer}, ${cite}\n  cause:  ${says}\n  remedy: ${remedy}\n`
}

function rank({ source }: Group): number {
  const at = Object.keys(TITLES).indexOf(source)
  return at < 0 ? ELSEWHERE : at
}

/** What follows `errors.documentation` in the body of a refusal. */
function anchor(code: string): string {
  return code.toLowerCase().replaceAll('_', '-')
}

function cell(sentence: string): string {
  return sentence.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

/** In the order in which requests are judged; a catalogue that is not listed comes under the name of its file, before the last. */
const TITLES: { readonly [source: string]: string } = {
  'decision/denials.ts': 'The request',
  'verify/access-token/denials.ts': 'The access token',
  'verify/dpop/denials.ts': 'The DPoP proof',
  'verify/mtls/denials.ts': 'The client certificate',
  'verify/status-list/denials.ts': "The token's status",
  'verify/message-signature/denials.ts': 'Message signatures',
  'verify/authority/denials.ts': 'Authority',
  'verify/content-digest/denials.ts': 'Digests of the body',
  'services/upstream/faults.ts': 'Behind the gateway',
}
const ELSEWHERE = Object.keys(TITLES).length - 1.5

const HEAD = `
# Codes

<!-- Written by \`npm run docs\` from the catalogues in src; edit those. -->

Every refusal has a stable code: the member \`code\` of the answer, the word in the record and in the metrics. Codes are not
renamed. **Cause** is what the client is told as \`detail\`; the record of the request tells the operator more. **Remedy** is
for the client's developer; what only the operator can do is marked.

In a checkout \`npx holdfast codes DPOP_HTU\` prints one, and \`npx holdfast explain\` what was compared with what in a request. With
\`errors: { documentation: https://…/CODES.md# }\` each answer links to its row here, or on a page of your own with the same
anchors.
`

const OPTIONS = { help: { type: 'boolean', short: 'h' } } as const
const USAGE = `holdfast codes               print every code with its cause and its remedy
holdfast codes CODE …        print these
`
