/** Imported for its effect, before @peculiar/x509: that package's injection container (tsyringe) refuses to load
 *  without the Reflect metadata calls. It needs no more of them than this, so no polyfill package is taken in. */

type Metadata = Map<unknown, unknown>

const metadata = new WeakMap<object, Metadata>()

function getOwnMetadata(key: unknown, target: object): unknown {
  return metadata.get(target)?.get(key)
}

function getMetadata(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
    if (metadata.get(at)?.has(key)) return getOwnMetadata(key, at)
  }
  return undefined
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const own: Metadata = metadata.get(target) ?? new Map()
  metadata.set(target, own.set(key, value))
}

if (!('getMetadata' in Reflect)) Object.assign(Reflect, { getOwnMetadata, getMetadata, defineMetadata })
