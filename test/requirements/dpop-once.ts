import { at, type Requirement } from './requirement.ts'

const NONCE = 'src/verify/dpop/nonce.ts'
const LEDGER = 'src/services/replay/shared-ledger.ts'

/** Nonces, and that a proof is good once. */
export const ONCE: readonly Requirement[] = [
  {
    id: 'DPOP-21',
    clause: 'RFC 9449 §9, §8',
    says: 'A nonce that is missing or old is answered 401 use_dpop_nonce with one nonce, ours alone.',
    check: ['src/gateway/respond.ts', 'src/gateway/fields.ts'],
    tests: [
      at('gateway/nonce', 'a proof without a nonce is answered with one, in one field, not to be cached'),
      at('gateway/fields', 'answers lose what belongs to one hop, or is ours to say'),
      at('gateway/nonce', 'openid-client gets through on its one retry'),
    ],
  },
  {
    id: 'DPOP-22',
    clause: 'RFC 9449 §8, §8.1',
    says: 'Nonces cannot be guessed or altered, and have the allowed characters.',
    check: NONCE,
    tests: [
      at('verify/dpop/nonce', 'is NQCHAR alone and says when it was issued'),
      at('verify/dpop/nonce', 'is none of ours once any character of it is changed'),
    ],
  },
  {
    id: 'DPOP-23',
    clause: 'RFC 9449 §8.2',
    says: 'A fresh nonce comes with a good answer before the old one ends, and both are good.',
    check: [NONCE, 'src/gateway/serve.ts'],
    tests: [
      at('verify/dpop/nonce', 'is renewed when less than a third of its life is left'),
      at('gateway/nonce', 'a fresh one comes with the answer when less than a third of its life is left'),
    ],
  },
  {
    id: 'DPOP-24',
    clause: 'RFC 9449 §8.2',
    says: 'An answer with a nonce is not to be stored.',
    check: ['src/decision/challenge.ts', 'src/gateway/fields.ts'],
    tests: [
      at('gateway/nonce', 'a proof without a nonce is answered with one, in one field, not to be cached'),
      at('gateway/nonce', 'less than a third of its life is left, and the answer is not cached'),
    ],
  },
  {
    id: 'DPOP-25',
    clause: 'RFC 9449 §9',
    says: 'Nonces of authorization server and resource server are different spaces.',
    not: 'applicable',
    because:
      'The gateway is a resource server alone. Its nonces are made under a label of their own all the same.',
  },
  {
    id: 'DPOP-26',
    clause: 'RFC 9449 §11.1, FAPI2-SP §6.2',
    says: 'A proof is good once, for as long as it could be used again.',
    check: [LEDGER, 'src/services/replay/redis-ledger.ts', 'src/gateway/serve.ts'],
    tests: [
      at('gateway/replay', 'reaches the upstream once, of twenty parallel uses over HTTP/1.1 and HTTP/2'),
      at('gateway/denials', 'DPOP_REPLAYED over HTTP/%s'),
      at('services/shared-ledger', 'knows every live proof through many turns, and admits none twice'),
      at('services/shared-ledger-race', 'of many threads that claim one proof, one is first'),
      at('e2e/replicas', 'admit a proof once, whichever of them it is shown to, and however often at once'),
    ],
  },
  {
    id: 'DPOP-27',
    clause: 'RFC 9449 §11.1',
    says: 'The memory of proofs cannot be filled from outside: hashed entries, and only of proofs that hold.',
    check: [LEDGER, 'src/gateway/serve.ts'],
    tests: [
      at('gateway/replay', 'is not spent by a request that is refused for another reason'),
      at('services/shared-ledger', 'knows a proof by key and jti together'),
    ],
  },
  {
    id: 'DPOP-28',
    clause: 'RFC 9449 §11.1',
    says: 'A nonce may be used many times.',
    check: NONCE,
    tests: [at('gateway/nonce', 'openid-client gets through on its one retry')],
  },
  {
    id: 'DPOP-29',
    clause: 'RFC 9449 §11.1',
    says: 'Where the memory cannot tell, the proof is refused: 503.',
    check: 'src/decision/spend.ts',
    tests: [
      at('gateway/denials-in-process', 'what no client can bring about', 'LEDGER_FULL'),
      at('decision/spend', 'a ledger that cannot tell is no fault of the client: 503'),
    ],
  },
]
