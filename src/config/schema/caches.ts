import { count, mapping } from './value.ts'

/** Sizes of what may be forgotten: it only saves work. So many that were used last are there, and at most twice as many. */
export const caches = mapping({
  tokens: count(100, 10_000_000)
    .prefault(25_000)
    .describe(
      'Access tokens whose signature was verified; up to 2.5 KiB each; one of more than 1,024 characters counts as several.',
    ),
  dpop_keys: count(100, 10_000_000)
    .prefault(25_000)
    .describe('Keys of DPoP proofs, ready to verify with; some 2.5 KiB each.'),
  introspected_tokens: count(100, 10_000_000)
    .prefault(25_000)
    .describe(
      'Answers of one issuer about tokens that are active; some half a KiB each, and where evidence is kept what was signed. A fifth as many about those that are not.',
    ),
  consents: count(100, 10_000_000)
    .prefault(5_000)
    .describe('Answers of one consent service; up to 1 KiB each, a longer one counts as several.'),
})
