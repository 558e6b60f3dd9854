import { createHash } from 'node:crypto'
import { credentials } from '../support/wire-tokens.ts'
import { type DenialCase, plainly, type Request } from './denial-case.ts'

const of = (text: string) => `sha-256=:${createHash('sha256').update(text).digest('base64')}:`
const MD5 = 'md5=:Sd/dVLAcvNLSq16eXua5uQ==:'

/** `{"amount":1}` with these fields, to a route that demands its digest. */
function pays(...fields: string[]): () => Request {
  return () => ({
    method: 'POST',
    path: '/digest',
    fields: [...credentials('/digest', { method: 'POST' }), ...fields],
    body: '{"amount":1}',
  })
}

/** Every refusal for a digest. */
export const DIGEST_DENIALS: readonly DenialCase[] = [
  plainly('DIGEST_ABSENT', 400, 'RFC 9530 §2', pays()),
  plainly('DIGEST_ALGORITHM', 400, 'RFC 9530 §5', pays('content-digest', MD5)),
  plainly('DIGEST_MALFORMED', 400, 'RFC 9530 §2', pays('content-digest', 'sha-256=47DEQpj8HBSa')),
  plainly('DIGEST_MISMATCH', 400, 'RFC 9530 §2', pays('content-digest', of('{"amount":9}'))),
  plainly(
    'DIGEST_REPRESENTATION',
    400,
    'RFC 9530 §3',
    pays('content-digest', of('{"amount":1}'), 'repr-digest', of('{"amount":9}')),
  ),
  plainly('DIGEST_IN_TRAILER', 400, 'RFC 9530 §6.4', pays('trailer', 'Content-Digest'), { versions: ['2'] }),
  plainly(
    'DIGEST_IN_TRAILER',
    400,
    'RFC 9530 §6.4',
    () => {
      const { body: _, ...request } = pays('trailer', 'Content-Digest', 'transfer-encoding', 'chunked')()
      return { ...request, body: 'x' }
    },
    { versions: ['1.1'] },
  ),
]
