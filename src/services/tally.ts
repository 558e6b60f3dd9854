/** Counts one more or one less of a kind. Of what there is none nothing is kept, so that who has left takes no memory. */
export function tally<Kind>(counts: Map<Kind, number>, kind: Kind, change: 1 | -1): void {
  const counted = (counts.get(kind) ?? 0) + change
  if (counted > 0) counts.set(kind, counted)
  else counts.delete(kind)
}
