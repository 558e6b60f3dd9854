import { randomInt } from 'node:crypto'
import type { Book } from './book.ts'
import type { Excuses } from './excuses.ts'
import type { Identity } from './identities.ts'
import type { Introspection } from './introspection.ts'
import type { Wire } from './wire.ts'

/** What those who send have at hand. */
export interface World {
  readonly book: Book
  readonly wire: Wire
  readonly excuses: Excuses
  /** Asks for no certificate. */
  readonly open: number
  /** Asks for one, and takes none as well. */
  readonly mtls: number
  readonly dpop: readonly Identity[]
  /** Their tokens say nothing by themselves. */
  readonly opaque: readonly Identity[]
  readonly introspection: Introspection
  readonly mtlsClients: readonly Identity[]
  /** A client of the authorization server that goes away, with a token by its newest key. */
  readonly fetched: () => Identity
  /** PEM. */
  readonly ca: string
}

/** Something that is done over and over. */
export interface Deed {
  readonly kind: string
  /** How often, beside the others of its side. */
  readonly weight: number
  readonly run: (world: World) => Promise<void>
}

export function oneOf<Item>(items: readonly Item[]): Item {
  return items[randomInt(items.length)] as Item
}

export function versionOf(): '1.1' | '2' {
  return randomInt(2) === 0 ? '1.1' : '2'
}
