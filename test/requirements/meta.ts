import { at, type Section } from './requirement.ts'

const PUBLICATIONS = 'src/config/compile-publications.ts'
const METADATA = 'src/decision/resource-metadata.ts'
const COMPARED = 'gateway/resource-metadata'

export const META: Section = {
  name: 'META',
  title: 'Protected-resource and authorization server metadata (RFC 9728, RFC 8414)',
  rows: [
    {
      id: 'META-01',
      clause: 'RFC 9728 §3, §3.1',
      says: 'The metadata of each resource lies at the well-known path, put between its host and its path.',
      check: [PUBLICATIONS, 'src/config/published-paths.ts'],
      tests: [
        at('gateway/publications', 'the metadata of the origin, which challenges name'),
        at(COMPARED, '%s: its members are registered, and none is empty'),
        at(COMPARED, 'paths that demand what the whole origin offers have no metadata of their own'),
      ],
    },
    {
      id: 'META-02',
      clause: 'RFC 9728 §3.2',
      says: 'It comes as application/json with 200, and members that would be empty are left out.',
      check: [METADATA, 'src/gateway/publish.ts'],
      tests: [
        at('decision/resource-metadata', 'leaves out what would be empty or false'),
        at(COMPARED, '%s: its members are registered, and none is empty'),
      ],
    },
    {
      id: 'META-03',
      clause: 'RFC 9728 §3.3',
      says: 'Its resource is the identifier that its own URL was built from.',
      check: PUBLICATIONS,
      tests: [at(COMPARED, '%s: its members are registered, and none is empty')],
      lacks:
        'where a challenge leads to it, §3.3 would have the resource be the very URL that was requested; it is the origin or the part of the path that its routes have in common, for authorization servers are registered for those',
    },
    {
      id: 'META-04',
      clause: 'RFC 9728 §2',
      says: 'It names the authorization servers and scopes that are accepted, and the way that tokens come.',
      check: METADATA,
      tests: [
        at(COMPARED, '%s: its authorization servers, and no others'),
        at(COMPARED, '%s: its scopes suffice, and without them it is refused'),
        at(COMPARED, 'its types of authorization details suffice, and no others'),
        at(
          'decision/resource-metadata',
          'of several: every server and scope, the algorithms that all of them take',
        ),
      ],
    },
    {
      id: 'META-05',
      clause: 'RFC 9728 §2',
      says: 'It says how tokens must be bound, with the algorithms that challenges name as well.',
      check: METADATA,
      tests: [
        at(COMPARED, '%s: its algorithms of proofs, and no others'),
        at(COMPARED, '%s: whether certificates bind tokens there, and whether DPoP must'),
        at('decision/resource-metadata', 'requires DPoP where every route takes nothing else'),
      ],
    },
    {
      id: 'META-06',
      clause: 'RFC 9728 §2',
      says: 'It names where our keys are: all of them, those to come and those that are over as well.',
      check: [PUBLICATIONS, 'src/services/signing/signing-keys.ts'],
      tests: [
        at('gateway/publications', 'our keys, to anybody, over HTTP/%s'),
        at(
          'services/signing/signing-keys',
          'rotate: the new one is published before its turn and the old one after',
        ),
      ],
    },
    {
      id: 'META-07',
      clause: 'RFC 9728 §2.2',
      says: 'It comes signed as well where that is asked for, with the resource as its issuer.',
      check: PUBLICATIONS,
      tests: [
        at('gateway/publications', 'signed metadata says the same, by a published key, of the resource'),
        at('gateway/publications', 'SIGNING_UNAVAILABLE where no key has its turn, HTTP/%s'),
      ],
    },
    {
      id: 'META-08',
      clause: 'RFC 8414 §3.1, §3.3; FAPI2-SP §5.3.3.1',
      says: "An authorization server's metadata is taken from its well-known URL alone, and must name that very issuer.",
      check: 'src/services/key-ring/discovery.ts',
      tests: [
        at(
          'services/key-ring/discovery',
          'asks OpenID Connect Discovery first, then RFC 8414, each with its own path',
        ),
      ],
      lacks: 'a changed jwks_uri or endpoint is followed without an entry of its own in the log',
    },
    {
      id: 'META-09',
      clause: 'RFC 8414 §2',
      says: 'Flags of the authorization server agree with what it does.',
      not: 'applicable',
      because: 'It binds authorization servers, and the gateway stands before resource servers.',
    },
  ],
}
