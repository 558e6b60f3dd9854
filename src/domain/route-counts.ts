export type RouteVerdict = 'admitted' | 'refused' | 'failed' | 'gone'

/** How many requests of one route came to what. Written where each of them ends. */
export type RouteCounts = Record<RouteVerdict, number>

export function noCounts(): RouteCounts {
  return { admitted: 0, refused: 0, failed: 0, gone: 0 }
}
