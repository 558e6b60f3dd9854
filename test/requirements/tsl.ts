import { at, type Section } from './requirement.ts'

const CHECK = 'src/verify/status-list/check.ts'
const LIST = 'src/verify/status-list/list-token.ts'
const CACHE = 'src/services/status-list/cache.ts'

export const TSL: Section = {
  name: 'TSL',
  title: 'Token Status List (draft-21)',
  rows: [
    {
      id: 'TSL-01',
      clause: 'TSL §6',
      says: 'A token names its entry by a whole number and a URI; one can be required.',
      check: ['src/verify/status-list/reference.ts', CHECK],
      tests: [
        at('verify/status-list/reference', 'reads index, URI and origin'),
        at('verify/status-list/reference', 'refuses the index %s'),
        at('gateway/status-list', 'a status may be required'),
      ],
    },
    {
      id: 'TSL-02',
      clause: 'TSL §8.1, §8.2, §11.4',
      says: 'Lists are fetched as JWTs over https, from origins that are named, in bounded time and size.',
      check: ['src/services/http/document.ts', CHECK],
      tests: [
        at('gateway/status-list', 'passes while its list says so; the list is fetched once, whole'),
        at('verify/status-list/check', 'asks no origin that is not listed'),
        at('services/http/document', 'follows no redirect, takes no more than it was told'),
      ],
      lacks: 'the redirects that §8.2 says a client should follow: where one leads nobody has named',
    },
    {
      id: 'TSL-03',
      clause: 'TSL §5.1, §8.3, §10',
      says: 'A list is of its type, about this URI, dated, not expired, and signed with a key of the issuer.',
      check: LIST,
      tests: [
        at('verify/status-list/list-token', 'refuses (%s) the header %j'),
        at('verify/status-list/list-token', 'refuses (%s) the claims %j'),
        at('verify/status-list/list-token', 'refuses a signature that is not its issuer’s'),
        at('gateway/status-list', 'is not judged by %s', 'another list'),
      ],
    },
    {
      id: 'TSL-04',
      clause: 'TSL §4.1, §4.2, §11.1',
      says: 'Statuses of 1, 2, 4 and 8 bits are read, least significant first, and inflating is bounded.',
      check: ['src/verify/status-list/status.ts', 'src/services/status-list/inflate.ts'],
      tests: [
        at('verify/status-list/status', 'reads the published list of $entries entries of $bits bits'),
        at('services/status-list/inflate', 'stops a decompression bomb at the bound'),
        at('gateway/status-list', 'is not judged by %s', 'a decompression bomb'),
      ],
    },
    {
      id: 'TSL-05',
      clause: 'TSL §7.1',
      says: 'Valid passes, and nothing else.',
      check: CHECK,
      tests: [
        at('verify/status-list/check', 'lets valid pass and nothing else'),
        at('gateway/status-list', 'is refused once its list says so, also where it was verified before'),
      ],
    },
    {
      id: 'TSL-06',
      clause: 'TSL §8.3, §11.1',
      says: 'Whatever cannot be looked up is refused: an index past the end, other widths, a list that is away.',
      check: [CHECK, LIST],
      tests: [
        at(
          'verify/status-list/check',
          'refuses an index past the end, but first looks whether the list has grown',
        ),
        at('verify/status-list/status', 'has nothing past the end, however far'),
        at('gateway/status-list', 'is answered 503 and no challenge where its list is down'),
        at('gateway/status-list', 'is refused where it names no entry, no list, or a list elsewhere'),
      ],
    },
    {
      id: 'TSL-07',
      clause: 'TSL §8.3, §11.5, §13.7',
      says: 'The token is verified first; a list lives as its ttl and exp say, within our bounds, and is renewed ahead.',
      check: [CACHE, 'src/decision/decide.ts'],
      tests: [
        at('services/status-list/cache', 'keeps a list for %s', 'its ttl'),
        at('services/status-list/cache', 'never uses a list past its exp, not even a stale one'),
        at(
          'services/status-list/cache',
          'fetches once for all who wait, and then not while the list is fresh',
        ),
        at('services/status-list/cache', 'fetches a list that is in use before it is due'),
        at('decision/decide', '%s goes before all that follow', 'TOKEN_STATUS_MALFORMED'),
      ],
    },
    {
      id: 'TSL-08',
      clause: 'TSL §8.4, §12',
      says: 'The issuer does not learn from the fetches which tokens are used.',
      check: CACHE,
      tests: [at('gateway/status-list', 'nothing is said of the token')],
    },
  ],
}
