import { at, type Section, wire } from './requirement.ts'

const TABLE = 'src/decision/authority.ts'
const SCOPE = 'src/verify/authority/scope.ts'
const DETAILS = 'src/verify/authority/details.ts'
const VALUE = 'src/verify/authority/value-match.ts'
const AUTHENTICATION = 'src/verify/authority/authentication.ts'

export const AUZ: Section = {
  name: 'AUZ',
  title: 'Authorization at the resource (RFC 6750, 9396, 9470)',
  rows: [
    {
      id: 'AUZ-01',
      clause: 'RFC 6750 §3.1; FAPI2-SP §5.3.4(4)',
      says: 'The scopes of the token suffice for the route: all of some, one of others, each exactly.',
      check: [SCOPE, TABLE],
      tests: [
        at('verify/authority/scope', 'wants all of them, in any order, among any others'),
        at('verify/authority/scope', 'refuses %j where a and b are wanted'),
        at('verify/authority/scope', 'is content with %j where a or b is wanted'),
        wire('token', 'SCOPE_INSUFFICIENT'),
      ],
    },
    {
      id: 'AUZ-02',
      clause: 'RFC 9396 §9.1, §9.2',
      says: 'Authorization details are a list of objects with a type; a type that is not asked for grants nothing.',
      check: DETAILS,
      tests: [
        at('verify/authority/details', 'finds one object that says all of it, among any others'),
        at('verify/authority/details', 'refuses %j: %s'),
        at('gateway/authorization-details', 'AUTHORIZATION_DETAILS_INSUFFICIENT on %s for %j'),
      ],
    },
    {
      id: 'AUZ-03',
      clause: 'RFC 9396 §2',
      says: 'Locations, actions, data types, privileges and identifiers narrow the grant, inside one object.',
      check: [DETAILS, 'src/decision/path-parameters.ts'],
      tests: [
        at('verify/authority/details', 'never puts two objects together'),
        at('verify/authority/details', 'a detail for the locations %j covers us: %s'),
        at('verify/authority/details', 'what is demanded of locations is in their place'),
        at('gateway/authorization-details', 'admits %s, whose segment decodes to what was authorized'),
        at('decision/path-parameters', 'of %s are not read: %s'),
      ],
    },
    {
      id: 'AUZ-04',
      clause: 'RFC 9396 §12',
      says: 'Details are compared exactly, and are as untrusted as anything that a client had a part in.',
      check: [DETAILS, VALUE, 'src/codec/json.ts'],
      tests: [
        at('verify/authority/details', 'refuses %j: %s'),
        at('codec/json', 'refuses %s'),
        at('attacks/never-throws', 'every function that a pure module exports is tried'),
      ],
      lacks:
        'There is no JSON Schema for a type; what a route demands of it is said member by member, and depth is bounded by the parser.',
    },
    {
      id: 'AUZ-05',
      clause: 'ours',
      says: 'What is paid is what was authorized: amount, currency and creditor of the body are those of the detail.',
      check: [DETAILS, VALUE, 'src/codec/decimal.ts', TABLE],
      tests: [
        at('verify/authority/details', 'compares more digits than a double has, on both sides'),
        at('verify/authority/details', 'one detail must cover all of the body'),
        at('codec/decimal', 'keeps apart what a double would not'),
        at('gateway/authorization-details', 'forwards %s, octet for octet'),
        at('gateway/authorization-details', 'refuses %s: %d %s'),
        at('gateway/authorization-details', 'BODY_MEDIA_TYPE for %j'),
      ],
    },
    {
      id: 'AUZ-06',
      clause: 'RFC 9470 §3',
      says: 'Authentication that is too weak or too old is answered 401 with acr_values and max_age, in either scheme.',
      check: [AUTHENTICATION, 'src/decision/challenge.ts'],
      tests: [
        at('verify/authority/authentication', 'tells the client all that a new authorization must bring'),
        at('decision/challenge', 'name what a new authentication must bring'),
        at('gateway/authority', 'refuses on %s a token that has %j: %s', 'ACR_INSUFFICIENT'),
      ],
    },
    {
      id: 'AUZ-07',
      clause: 'RFC 9470 §6.1, §6.2',
      says: 'They are read from the token or from introspection; no auth_time is too old.',
      check: AUTHENTICATION,
      tests: [
        at('verify/authority/authentication', 'accepts %d'),
        at('verify/authority/authentication', 'refuses %j'),
        at('gateway/authority', 'refuses on %s a token that has %j: %s', 'AUTHENTICATION_TOO_OLD'),
      ],
    },
    {
      id: 'AUZ-08',
      clause: 'RFC 9470 §3',
      says: 'Where scope is lacking too, the step-up challenge says so as well.',
      check: TABLE,
      tests: [
        at('decision/authority', 'tells a client that must authorize anew all the scopes that it lacks'),
        at(
          'gateway/authority',
          'refuses on %s a token that has %j: %s',
          'acr_values="gold silver", scope="payments"',
        ),
      ],
    },
    {
      id: 'AUZ-09',
      clause: 'ours (FAPI-CIBA §5.3)',
      says: 'Fields that a client writes about its user decide nothing.',
      check: 'src/verify/authority/rule.ts',
      tests: [
        at('config/condition', 'in %j is found before any request comes', 'request.fields == token.claims.x'),
      ],
      lacks:
        'Rules read neither fields nor the query, so they cannot depend on them; quotas by such a field do not exist.',
    },
    {
      id: 'AUZ-10',
      clause: 'RFC 9700 §4.15',
      says: 'Tokens of users and of clients are told apart, here and for the upstream.',
      check: ['src/verify/authority/grant.ts', 'src/gateway/fields.ts'],
      tests: [
        at('verify/authority/grant', 'tells users and clients apart'),
        at('verify/authority/grant', 'takes a token without a subject for nobody’s'),
        at('gateway/authority', 'refuses on %s a token that has %j: %s', 'GRANT_INSUFFICIENT'),
      ],
    },
    {
      id: 'AUZ-11',
      clause: 'OpenID AuthZEN 1.0',
      says: 'The decision can be asked of a policy decision point elsewhere.',
      not: 'built',
      because: 'Conditions in CEL and the consent port take its place; nobody else is asked.',
    },
  ],
}
