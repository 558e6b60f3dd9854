import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { ROOT } from '../support/gateway.ts'
import { readText } from '../support/source.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { needs } from '../support/wire-programs.ts'
import { freePort } from '../support/wire-upstream.ts'

const first = blocks('README.md', 'Your first request')
const [prepare, start, byKey, startEdge, byCertificate] = first('sh') as [
  string,
  string,
  string,
  string,
  string,
]
const [complete] = first('yaml') as [string]
const signed = blocks('docs/signatures.md', 'A signed request by hand')
const [signedToken, signedGet, signedPost] = signed('sh') as [string, string, string]
const [signedRoutes] = signed('yaml') as [string]
const [signedAnswer] = blocks('docs/signatures.md', 'A signed answer by hand')('sh') as [string]
const [fieldsShown, baseShown] = signed('') as [string, string]
const EDGE = 'config/jobs/edge-mtls.yaml'
/** By the title of its walk: the file, what the API sees, and what of the request is changed to be refused, as the page says. */
const ECOSYSTEMS = [
  {
    title: 'Open Banking UK',
    file: 'open-banking-uk.yaml',
    refused: [[/accounts$/m, 'balances', '403', 'CONSENT_PERMISSION']],
  },
  {
    title: 'Open Finance Brasil',
    file: 'open-finance-brazil.yaml',
    refused: [
      [/accounts$/m, 'accounts/1/balances', '403', 'CONSENT_PERMISSION'],
      [/.*x-fapi-interaction-id.*\n/, '', '400', 'HEADER_ABSENT'],
    ],
  },
  {
    title: 'Consumer Data Right',
    file: 'consumer-data-right.yaml',
    refused: [
      [/accounts$/m, 'accounts/1', '403', 'SCOPE_INSUFFICIENT'],
      [/-H 'x-v: 1'/, '', '400', 'Header/Missing'],
    ],
  },
  {
    title: 'Berlin Group',
    file: 'berlin-group.yaml',
    refused: [
      [/Consent-ID: c1/, 'Consent-ID: c2', '403', 'CONSENT_UNKNOWN'],
      [/-H 'X-Request-ID: \S+'/, '', '400', 'FORMAT_ERROR'],
    ],
  },
] as const
/** What the pages leave to its default. */
const MORE = { admin: { bind: '127.0.0.1:9901' }, threads: 1 }

/** The commands of README.md as they stand there, but for the ports, in a folder of its own. */
describe.skipIf(!needs('curl', '--version'))('your first request, as README.md has it', () => {
  let folder: string
  let ports: { readonly [port: string]: number }
  let prepared: string
  let servers: ChildProcess | undefined

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-readme-'))
    cpSync(await pkiFolder(), join(folder, 'certs'), { recursive: true })
    const numbers = [8443, 8444, 8080, 8081, 8082, 8083, 9444, 9901, 9902]
    ports = Object.fromEntries(
      await Promise.all(numbers.map(async (port) => [port, await freePort()] as const)),
    )
    configure(parse(complete))
    prepared = await shell(prepare)
  })
  afterEach(async () => {
    if (servers?.exitCode !== null) return
    process.kill(-(servers.pid as number), 'SIGTERM')
    await once(servers, 'close')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('leads to a 200 with a proof, which needs a nonce at first', async () => {
    expect(prepared).toMatch(/gateway\.yaml: the configuration is good\n$/)
    await serve()
    const second = await shell(await withNonce(byKey))
    expect([second.split(' ')[1], second]).toEqual(['200', expect.stringMatching(/\n\r\nGET \/accounts\n$/)])
  })

  it('leads to a 200 with signed requests, as docs/signatures.md has them', async () => {
    configure({ ...parse(complete), ...parse(signedRoutes) })
    await serve()
    await shell(signedToken)
    const got = await shell(await withNonce(signedGet))
    expect([got.split(' ')[1], got]).toEqual(['200', expect.stringMatching(/\n\r\nGET \/accounts\n$/)])
    const posted = await shell(await withNonce(signedPost))
    expect([posted.split(' ')[1], posted]).toEqual([
      '200',
      expect.stringMatching(/\nPOST \/accounts\/1\/pay/),
    ])
    expect(await shell(signedAnswer.replace('--method', `${await nonce(signedGet)} --method`))).toMatch(
      /^good: 200 to GET https:\/\/api\.bank\.example\/accounts;/,
    )
    const printed = readFileSync(join(folder, 'certs/signed-fields'), 'utf8')
    expect(alike(printed)).toBe(alike(fieldsShown))
    const covered = fieldsShown.replace(/^signature: .*\n/m, '').replace(/^([a-z-]+):/gm, '"$1":')
    expect(baseShown.split('\n').slice(2).join('\n')).toBe(
      covered.replace('"signature-input": sig1=', '"@signature-params": '),
    )
  })

  it('leads to a 200 with a certificate, and to a 401 with another, or with one that was revoked', async () => {
    copy(EDGE)
    const [api] = start.split('\n')
    await serve(`${api}\n${startEdge}`)
    expect((await shell(byCertificate)).split(' ')[1]).toBe('200')
    for (const [name, code] of [
      ['client-2', 'MTLS_THUMBPRINT'],
      ['revoked', 'MTLS_REVOKED'],
    ] as const) {
      const another = byCertificate.replace(/certs\/client-1(?=.*--key)/g, `certs/${name}`)
      const other = await shell(another.replace('client-1-key', `${name}-key`))
      expect([other.split(' ')[1], other]).toEqual(['401', expect.stringContaining(`"code":"${code}"`)])
    }
  })

  it.each(ECOSYSTEMS)(
    'leads to a 200 with a consent, and no further, as the page of $title has it',
    async ({ title, file, refused }) => {
      copy(`config/ecosystems/${file}`)
      const [make, begin, ask, ...more] = blocks('config/ecosystems/README.md', title, '###')('sh') as [
        string,
        string,
        string,
      ]
      await shell(make)
      await serve(begin)
      for (const commands of [ask, ...more]) {
        const [url] = commands.match(/(?<=https:\/\/[^/]+)\/\S+$/m) as [string]
        const allowed = await shell(commands)
        expect([allowed.split(' ')[1], allowed]).toEqual(['200', expect.stringContaining(`GET ${url}\n`)])
      }
      for (const [from, to, status, code] of refused) {
        const answer = await shell(ask.replace(from, to))
        expect([answer.split(' ')[1], answer]).toEqual([status, expect.stringContaining(code)])
      }
    },
  )

  function copy(file: string): void {
    mkdirSync(join(folder, dirname(file)), { recursive: true })
    writeFileSync(join(folder, file), moved(`${readText(file)}\n${stringify(MORE)}`))
  }

  function configure({ routes: [route], ...file }: { routes: [{ require: object }] }): void {
    // Long enough for a busy machine; README.md has ten seconds.
    const routes = [{ ...route, require: { ...route.require, dpop: { clock_skew: '60s' } } }]
    writeFileSync(join(folder, 'gateway.yaml'), moved(JSON.stringify({ ...file, routes, ...MORE })))
  }

  /** The commands with the nonce that they are asked for at first. */
  async function withNonce(commands: string): Promise<string> {
    return commands.replace('--method', `${await nonce(commands)} --method`)
  }

  async function nonce(commands: string): Promise<string> {
    const refused = await shell(commands)
    expect([refused.split(' ')[1], refused]).toEqual(['401', expect.stringContaining('"code":"DPOP_NONCE"')])
    return `--nonce ${/^dpop-nonce: (.*)\r$/m.exec(refused)?.[1]}`
  }

  async function serve(commands = start): Promise<void> {
    servers = run(commands)
    const ready = `http://127.0.0.1:${ports['9901']}/readyz`
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await wait(50))
      if ((await fetch(ready).catch(() => undefined))?.ok) return
    throw new Error('the gateway was not ready in time')
  }

  async function shell(commands: string): Promise<string> {
    const child = run(commands)
    let out = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    await once(child, 'close')
    return out
  }

  /** In a process group of its own, so that what it started ends with it. */
  function run(commands: string): ChildProcess {
    const here = commands
      .replace('npm run certs\n', '')
      .replaceAll('npx holdfast', `node ${join(ROOT, 'src/holdfast.js')}`)
      .replaceAll(/npm start (?:--silent )?--/g, `node ${join(ROOT, 'src/main.ts')}`)
    return spawn('sh', ['-c', moved(here)], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  }

  function moved(text: string): string {
    return text.replaceAll(/\b(?:844[34]|808[0-3]|9444|990[12])\b/g, (port) => String(ports[port]))
  }
})

/** Of a section, its blocks in a language. */
function blocks(page: string, title: string, level = '##'): (language: string) => string[] {
  const [, section = ''] = readText(page).split(`\n${level} ${title}\n`)
  const end = new RegExp(`^#{2,${level.length}} [\\s\\S]*`, 'm')
  const fenced = [...section.replace(end, '').matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)]
  return (language) => fenced.filter(([, name]) => name === language).map(([, , text]) => text as string)
}

/** What differs each time is taken out. */
function alike(fields: string): string {
  return fields.replace(/(?<=eyJ|created=|keyid="|signature: sig1=:)[^;"\n]+/g, '…')
}
