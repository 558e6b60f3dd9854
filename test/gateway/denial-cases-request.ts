import { credentials } from '../support/wire-tokens.ts'
import { challenged, type DenialCase, plainly } from './denial-case.ts'

/** Every refusal of a request for its shape, before any credential counts. */
export const REQUEST_DENIALS: readonly DenialCase[] = [
  plainly(
    'FRAMING_BROKEN',
    400,
    'RFC 9112 §6.1',
    () => ({
      method: 'POST',
      path: '/status',
      fields: ['transfer-encoding', 'gzip, chunked'],
      body: 'x',
    }),
    { versions: ['1.1'] },
  ),
  plainly('HOST_MALFORMED', 400, 'RFC 9112 §3.2', () => ({ path: '/status', fields: ['host', 'a/b'] }), {
    versions: ['1.1'],
  }),
  plainly(
    'HOST_MALFORMED',
    400,
    'RFC 9112 §3.2',
    () => ({ path: '/status', fields: ['host', 'b.example'] }),
    {
      versions: ['2'],
    },
  ),
  plainly(
    'HOST_FOREIGN',
    421,
    'RFC 9110 §7.4',
    () => ({
      path: '/status',
      fields: ['host', 'other.example'],
    }),
    { versions: ['1.1'] },
  ),
  plainly(
    'HOST_FOREIGN',
    421,
    'RFC 9110 §7.4',
    () => ({
      path: '/status',
      fields: [':authority', 'other.example'],
    }),
    { versions: ['2'] },
  ),
  plainly('TARGET_MALFORMED', 400, 'RFC 9112 §3.2', () => ({ path: '*' }), { versions: ['1.1'] }),
  plainly('TARGET_MALFORMED', 400, 'RFC 9112 §3.2', () => ({ path: 'http://api.bank.example/status' }), {
    versions: ['1.1'],
  }),
  challenged('FIELD_DUPLICATED', [400, 'invalid_request', 'both'], 'RFC 9110 §5.3', () => ({
    path: '/accounts',
    fields: ['dpop', 'a', 'dpop', 'b'],
  })),
  challenged(
    'FIELD_DUPLICATED',
    [400, 'invalid_request', 'both'],
    'RFC 9110 §5.3',
    () => ({ path: '/accounts', fields: [...credentials(), 'authorization', 'Bearer another'] }),
    { versions: ['1.1'] },
  ),
  plainly(
    'FIELD_DUPLICATED',
    400,
    'RFC 9110 §5.3',
    () => ({ path: '/accounts', fields: ['content-type', 'text/plain', 'content-type', 'text/html'] }),
    { versions: ['1.1'] },
  ),
  plainly('FIELD_NAME', 400, 'RFC 9110 §5.1', () => ({ path: '/status', fields: ['x_user', 'root'] })),
  plainly(
    'FIELD_CONNECTION',
    400,
    'RFC 9110 §7.6.1',
    () => ({
      path: '/accounts',
      fields: ['connection', 'close, DPoP', 'dpop', 'x'],
    }),
    { versions: ['1.1'] },
  ),
  plainly('FIELDS_TOO_MANY', 431, 'RFC 6585 §5', () => ({
    path: '/status',
    fields: Array.from({ length: 202 }, (_, at) => (at % 2 === 0 ? `x-${at}` : '1')),
  })),
  plainly('PATH_AMBIGUOUS', 400, 'RFC 3986 §6.2.2', () => ({ path: '/status/%2e%2e/accounts' })),
  plainly('PATH_MALFORMED', 400, 'RFC 3986 §3.3', () => ({ path: '/status/%zz' })),
  plainly('PATH_PARAMETERS', 400, 'RFC 3986 §3.3', () => ({ path: '/status;x=1' })),
  plainly('ROUTE_UNKNOWN', 404, 'RFC 9110 §15.5.5', () => ({ path: '/nothing' })),
  plainly('METHOD_UNKNOWN', 405, 'RFC 9110 §15.5.6', () => ({ method: 'DELETE', path: '/read-only' })),
  plainly('METHOD_UNKNOWN', 405, 'RFC 9110 §15.5.6', () => ({ method: 'TRACE', path: '/status' }), {
    versions: ['1.1'],
  }),
  plainly('BODY_TOO_LARGE', 413, 'RFC 9110 §15.5.14', () => ({
    method: 'POST',
    path: '/status',
    body: 'x'.repeat(1025),
  })),
  plainly(
    'FIELD_CONNECTION',
    400,
    'RFC 9110 §7.6.1',
    () => ({ path: '/versioned', fields: ['x-v', '1', 'connection', 'x-v'] }),
    { versions: ['1.1'] },
  ),
  plainly('HEADER_ABSENT', 400, 'RFC 9110 §15.5.1', () => ({ path: '/versioned' })),
  plainly('HEADER_MALFORMED', 400, 'RFC 9110 §15.5.1', () => ({
    path: '/versioned',
    fields: ['x-v', 'one'],
  })),
  plainly('EXPECTATION_UNKNOWN', 417, 'RFC 9110 §10.1.1', () => ({
    path: '/status',
    fields: ['expect', 'a-miracle'],
  })),
  plainly('CORS_ORIGIN', 403, 'FETCH §3.3', () => ({
    method: 'OPTIONS',
    path: '/scripts',
    fields: ['origin', 'https://evil.example', 'access-control-request-method', 'GET'],
  })),
  plainly('TOO_EARLY', 425, 'RFC 8470 §5.2', () => ({ path: '/accounts', fields: ['early-data', '1'] })),
]
