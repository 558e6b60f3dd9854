import { expect, it } from 'vitest'
import { sources } from '../../../src/runtime/fetched/sources.ts'
import type { Settings } from '../../../src/runtime/settings/settings.ts'
import { changed, documentOf } from '../../config/sample.ts'

const OF_KEYS = ['keys', 'introspection', 'statusLists']
const OF_SIGNED = ['introspection', 'statusLists']

/** What was fetched, and judged when it came, is known from one configuration to the next by these names alone. */
it.each([
  ['document.routes.0.name', []],
  ['document.issuers.bank.max_token_lifetime', []],
  ['document.issuers.bank.issuer', OF_KEYS],
  ['document.issuers.bank.jwks_uri', OF_KEYS],
  ['document.issuers.bank.metadata_url', OF_KEYS],
  ['document.issuers.bank.metadata_issuer', OF_KEYS],
  ['document.issuers.bank.stale_keys', OF_KEYS],
  ['issuerCa.bank', OF_KEYS],
  ['fixedKeys.bank', OF_KEYS],
  ['document.issuers.bank.algorithms', OF_SIGNED],
  ['document.issuers.bank.denied_keys', OF_SIGNED],
  ['document.issuers.bank.audience', ['introspection']],
  ['document.issuers.bank.introspection.cache', ['introspection']],
  ['document.caches.introspected_tokens', ['introspection']],
  ['document.evidence', ['introspection']],
  ['askingKeys.bank', ['introspection']],
  ['document.issuers.bank.clock_skew', ['statusLists']],
  ['document.issuers.bank.tenants', ['statusLists']],
  ['document.issuers.bank.status_list.stale', ['statusLists']],
  ['document.consents.bank.url', ['consents']],
  ['document.caches.consents', ['consents']],
  ['consentMaterials.bank', ['consents']],
  ['clientKeys.ca.bank', ['clientKeys']],
  ['document.client_keys.jwks_uri', ['clientDirectory']],
  ['document.client_keys.max_clients', ['clientDirectory']],
  ['clientKeys.directoryCa', ['clientDirectory']],
])('another %s lets go of what was fetched by it, and of nothing else', (path, gone) => {
  const [before, after] = [namesOf(settingsOf()), namesOf(settingsOf(path))]
  expect(Object.keys(before).filter((source) => before[source] !== after[source])).toEqual(gone)
})

it('two entries for one issuer share its keys and its lists, and no answer about a token; nor do two services, or two clients', () => {
  const settings = settingsOf()
  const { issuers, consents } = settings.document
  issuers['again'] = issuers['bank']!
  consents['again'] = consents['bank']!
  const [bank, again] = [namesOf(settings), namesOf(settings, 'again')]
  const apart = Object.keys(bank).filter((source) => bank[source] !== again[source])
  expect(apart).toEqual(['introspection', 'consents', 'clientKeys'])
})

it('another place of the keys of a client is another source', () => {
  const [one, other] = ['one', 'other'].map((path) =>
    sources.clientKeys(settingsOf(), 'tpp', `https://tpp.example/${path}`),
  )
  expect(one).not.toBe(other)
})

function namesOf(settings: Settings, name = 'bank'): { readonly [source: string]: string } {
  return {
    keys: sources.keys(settings, name),
    introspection: sources.introspection(settings, name),
    statusLists: sources.statusLists(settings, name),
    consents: sources.consents(settings, name),
    clientKeys: sources.clientKeys(settings, name, 'https://tpp.example'),
    clientDirectory: sources.clientDirectory(settings),
  }
}

/** With something else at a path. */
function settingsOf(path?: string): Settings {
  const issuer = '    issuer: https://as.bank.example\n'
  const asking = 'introspection: { client_id: gateway, client_auth: client_secret_basic, client_secret: s }'
  const settings = {
    document: documentOf(`client_keys: { jwks_uri: "https://directory.example/{client_id}" }
consents: { bank: { url: "https://consents.example/{id}", id: { claim: c }, states: A } }
${changed(issuer, `${issuer}    ${asking}\n`)}`),
    ...{ issuerCa: new Map(), fixedKeys: new Map(), askingKeys: new Map(), consentMaterials: new Map() },
    clientKeys: { ca: new Map(), directoryCa: null },
  }
  const steps = path?.split('.') ?? []
  const last = steps.pop()
  const place: unknown = steps.reduce((above, step) => Reflect.get(above, step) as object, settings as object)
  if (place instanceof Map) place.set(last, 'another')
  else if (last !== undefined) Reflect.set(place as object, last, 'another')
  return settings as unknown as Settings
}
