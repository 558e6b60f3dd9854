import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { promisify } from 'node:util'
import { boundedMemo } from '../domain/memo.ts'

/**
 * Finds the addresses of a name, as the system knows it. All threads together look up a few names at a time, and none of it can be called
 * back: where a name server says nothing, a request each would keep the names of all others waiting. So each name is looked up once
 * for all who ask meanwhile, and who has waited for a second is given what was found before, as resolvers may do (RFC 8767 §5).
 */
export const lookUp: LookupFunction = (name, options, callback) => {
  addressesOf(name, options).then(
    (found) => {
      const [first] = found
      if (options.all) callback(null, [...found])
      else callback(null, first?.address ?? '', first?.family)
    },
    (problem: NodeJS.ErrnoException) => callback(problem, ''),
  )
}

async function addressesOf(name: string, options: LookupOptions): Promise<Addresses> {
  const key = `${name} ${options.family ?? 0} ${options.hints ?? 0}`
  const now = performance.now()
  let question = underWay.get(key)
  if (question === undefined) {
    const found = ask(name, { ...options, all: true }).then((addresses) => {
      known.set(key, { addresses, at: performance.now() })
      return addresses
    })
    question = { found: found.finally(() => underWay.delete(key)), at: now }
    underWay.set(key, question)
  }
  const { found, at } = question
  const before = known.get(key)
  return before === undefined || now - before.at > KEPT
    ? found
    : Promise.race([found, later(before.addresses, Math.max(0, at + PATIENCE - now))])
}

function later(addresses: Addresses, milliseconds: number): Promise<Addresses> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, addresses).unref())
}

async function ask(name: string, options: LookupOptions & { all: true }): Promise<Addresses> {
  return promisify(lookup)(name, options)
}

type Addresses = readonly LookupAddress[]

/** By name and what was wanted of it, and since when, by the clock. */
const underWay = new Map<string, { readonly found: Promise<Addresses>; readonly at: number }>()
const known = boundedMemo<string, { readonly addresses: Addresses; readonly at: number }>(1_000)
/** Milliseconds. */
const PATIENCE = 1_000
const KEPT = 600_000
