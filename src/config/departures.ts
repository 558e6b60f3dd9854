import { compileDialect } from './compile-dialect.ts'
import type { Document } from './document.ts'
import type { Notice } from './problem.ts'

/** Where the tokens of an issuer are accepted although they are not what FAPI 2.0 and RFC 9068 ask for. */
export function* departures({ issuers }: Document): Iterable<Notice> {
  for (const [name, { algorithms, dialect, introspection }] of Object.entries(issuers)) {
    if (introspection?.response !== 'json' && algorithms.includes('RS256')) {
      yield { path: ['issuers', name, 'algorithms'], says: 'RS256 is not FAPI 2.0 (FAPI2-SP §5.4.1)' }
    }
    // Who is asked about a token looks at its type.
    if (introspection !== undefined) continue
    const { types } = compileDialect(dialect)
    if ([...types].every((typ) => typ === 'at+jwt')) continue
    yield { path: ['issuers', name, 'dialect'], says: 'tokens need not be typed at+jwt (RFC 9068 §4)' }
  }
}
