import type { Document } from '../config/document.ts'

/**
 * Whether a proof could have been spent by its `iat` and be judged by its nonce now, or the other way round: it would then
 * be looked for in another table of the ledger than the one it stands in. A request may fall to another route than before,
 * so every change of the paths counts where both ways are in use.
 */
export function changesProofTimes(before: Document, after: Document): boolean {
  const [old, next] = [waysOf(before), waysOf(after)]
  const ways = new Set([...old, ...next].map(({ byNonce }) => byNonce))
  return ways.size > 1 && textOf(old) !== textOf(next)
}

function waysOf({ routes }: Document) {
  return routes.flatMap(({ path, hosts, methods, require }) =>
    require === undefined ? [] : [{ path, hosts, methods, byNonce: require.dpop.nonce !== 'off' }],
  )
}

function textOf(ways: readonly object[]): string {
  return ways
    .map((way) => JSON.stringify(way))
    .sort()
    .join()
}
