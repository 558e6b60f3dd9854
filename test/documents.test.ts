import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { decoded, reportOf } from './config/sample.ts'
import { anchorsOf } from './support/anchors.ts'
import { filesUnder, readText } from './support/source.ts'

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...['config', 'deploy', 'docs', 'certs', 'src', 'test'].flatMap((folder) =>
    filesUnder(folder)
      .filter((path) => path.endsWith('.md') && !path.startsWith('vectors/'))
      .map((path) => `${folder}/${path}`),
  ),
]

describe('README.md', () => {
  const [complete = '', ...ofReadme] = blocks('README.md', 'yaml')
  const ofPages = filesUnder('docs').flatMap((page) => blocks(`docs/${page}`, 'yaml'))

  it('begins with a configuration that is complete', () => {
    expect(reportOf(complete)).toBe('')
  })

  it('says of a misspelt key what the gateway says', () => {
    const misspelt = complete
      .replace('    upstream: accounts', '    upstreem: accounts')
      .replace('scope: accounts,', 'scope: accounts read,')
    expect(readText('README.md')).toContain(reportOf(misspelt))
  })

  it('leaves what only some need to pages of its own', () => {
    expect(ofPages.length).toBeGreaterThan(4)
    expect(readText('README.md').split('\n').length).toBeLessThan(230)
  })

  it.each([...ofReadme, ...ofPages])('and the pages of docs add to it what is right too: %s', (piece) => {
    expect(reportOf(JSON.stringify(together(complete, piece)))).toBe('')
  })
})

describe('the example configurations', () => {
  it.each(filesUnder('config').filter((name) => name.endsWith('.yaml')))('config/%s is right', (name) => {
    expect(decoded(readText(`config/${name}`)).problems).toEqual([])
  })
})

describe('links', () => {
  it.each(PAGES)('of %s lead somewhere', (page) => {
    expect(linksOf(page).filter((link) => !leads(page, link))).toEqual([])
  })
})

/** All rooms but `doors`, whose files are the subpaths of the package. */
describe('the page of each room names its files', () => {
  const paths = filesUnder('src')
  const rooms = paths.filter((path) => path.endsWith('/README.md')).map((path) => posix.dirname(path))
  it.each(rooms.filter((room) => room !== 'doors'))('src/%s', (room) => {
    const page = readText(`src/${room}/README.md`)
    const files = paths.filter((path) => posix.dirname(path) === room && path.endsWith('.ts'))
    const isNamed = (name: string) =>
      new RegExp(`\\b${name}\\b`).test(page) || page.includes(`${name.split('-', 1)}-….ts`)
    expect(files.map((path) => posix.basename(path, '.ts')).filter((name) => !isNamed(name))).toEqual([])
  })
})

describe('decision records', () => {
  it('have numbers of their own', () => {
    const numbers = filesUnder('src/decisions').map((name) => name.slice(0, 4))
    expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([])
  })
})

function blocks(page: string, language: string): string[] {
  const fenced = readText(page).matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)
  return [...fenced].filter(([, name]) => name === language).map(([, , text]) => text as string)
}

/** The file with what a section shows of one: other keys, and routes or one route in place of its own. */
function together(complete: string, piece: string): unknown {
  const shown = parse(piece)
  const added = Array.isArray(shown) ? { routes: shown } : shown
  const file = { ...parse(complete), ...added }
  const routes = file.routes.map((route: object) => ({ upstream: 'accounts', ...route }))
  return { ...ADDITIONS, ...file, routes: routes.map((route: object) => ({ require: DEMANDS, ...route })) }
}

function linksOf(page: string): string[] {
  const text = readText(page).replaceAll(/^```[\s\S]*?^```/gm, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, to]) => to as string)
    .filter((to) => !to.startsWith('https:'))
}

function leads(page: string, link: string): boolean {
  const [to = '', anchor] = link.split('#')
  const target = to === '' ? page : posix.join(posix.dirname(page), to)
  if (anchor !== undefined) return exists(target) && anchorsOf(readText(target)).includes(anchor)
  return filesUnder(target).length > 0 || exists(target)
}

function exists(path: string): boolean {
  try {
    return readText(path) !== undefined
  } catch {
    return false
  }
}

/** What a piece takes for granted. */
const DEMANDS = { issuer: 'bank', scope: 'accounts', sender: 'dpop' }
const ADDITIONS = {
  clients: [{ client_id: 'client-1', jwks_file: 'client-1.jwks.json' }],
  signing: { key: 'signing-key.pem', key_id: 'gateway-2026', algorithm: 'ES256' },
}
