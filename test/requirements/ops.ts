import { at, type Section } from './requirement.ts'

export const OPS: Section = {
  name: 'OPS',
  title: 'Operations and evidence',
  rows: [
    {
      id: 'OPS-01',
      clause: 'RFC 6750 §5.3',
      says: 'Tokens, proofs, signatures and keys reach neither the log nor the refusals that are kept.',
      check: ['src/gateway/record.ts', 'src/gateway/refusals.ts', 'src/decision/explain/explain.ts'],
      tests: [
        at('e2e/process', 'writes a line of JSON for each request, and no secret in any'),
        at('gateway/refusals', 'over HTTP/%s is explained as it was decided'),
        at('cli/explain', 'shows no token and no proof'),
      ],
    },
    {
      id: 'OPS-02',
      clause: 'FAPI2-HTTPSIG §7',
      says: 'Signed messages are kept as evidence, so that they can be verified again.',
      check: [
        'src/gateway/keep-evidence.ts',
        'src/services/evidence/evidence-chain.ts',
        'src/services/evidence/verify-files.ts',
      ],
      tests: [
        at('gateway/evidence', 'has what both sides have signed, with their keys, and verifies'),
        at('services/evidence/verify-files', 'verifies, every line and every signature'),
        at('services/evidence/many', 'the evidence of 100,000 exchanges verifies'),
        at(
          'services/evidence/verify-files',
          'one octet that was flipped is found, in its file and line, wherever it is',
        ),
        at(
          'gateway/evidence-faults',
          'the request is refused, and the upstream sees nothing: EVIDENCE_UNAVAILABLE',
        ),
      ],
    },
    {
      id: 'OPS-03',
      clause: 'RFC 9421 §7.1.1',
      says: 'At start a bad signature, a bad proof and an unbound token are tried, and must be refused before traffic flows.',
      check: 'src/runtime/trial/self-test.ts',
      tests: [
        at('runtime/trial/self-test', 'passes where what is right is admitted and what is wrong is refused'),
        at(
          'runtime/trial/self-test',
          'fails where the decision %s, and says so',
          'admits whoever was refused',
        ),
        at('runtime/trial/self-test', 'fails where signatures are not verified'),
        at('e2e/process', 'tries itself before it has an address'),
      ],
      lacks: 'it is tried with keys and demands of its own, once a start, and not with those of each route',
    },
    {
      id: 'OPS-04',
      clause: 'FAPI2-SP §6.8',
      says: 'Our keys can be rotated: the next is published before its turn, the last one after it.',
      check: 'src/services/signing/signing-keys.ts',
      tests: [
        at(
          'services/signing/signing-keys',
          'rotate: the new one is published before its turn and the old one after',
        ),
      ],
      lacks:
        'the configuration knows keys in files; an HSM or a KMS signs behind the port, in a program that fills it',
    },
    {
      id: 'OPS-05',
      clause: 'ours',
      says: 'A clock that is off by more than a second is told, and beyond a bound the gateway is not ready.',
      not: 'built',
      because:
        'the process does not ask the system how well its clock is kept; that is for the monitoring of the host',
    },
    {
      id: 'OPS-06',
      clause: 'OIDF conformance suite',
      says: 'The conformance suite runs with the gateway as the resource.',
      not: 'built',
      because:
        'the suite needs its own servers and a public name; certified clients and a certified server stand in for it in the tests',
    },
  ],
}
