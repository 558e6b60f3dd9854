import { catalogue } from '../../domain/denial.ts'

export const D = catalogue({
  DIGEST_ABSENT: [
    400,
    '',
    'none',
    'RFC 9530 §2',
    'The body must come with its digest in a Content-Digest field.',
    'Send Content-Digest: sha-256=:…:, the hash of the body as it is sent, in base64 between colons.',
  ],
  DIGEST_ALGORITHM: [
    400,
    '',
    'none',
    'RFC 9530 §5',
    'No digest in Content-Digest is of an algorithm that can be relied on.',
    'Send a digest by sha-256 or sha-512; others may stand beside it and are ignored.',
  ],
  DIGEST_MALFORMED: [
    400,
    '',
    'none',
    'RFC 9530 §2',
    'Content-Digest or Repr-Digest is malformed.',
    'Write name=:base64:, with commas between several, each algorithm once and four at most.',
  ],
  DIGEST_MISMATCH: [
    400,
    '',
    'none',
    'RFC 9530 §2',
    'The body is not the one that Content-Digest was computed over.',
    'Hash the octets that are sent, after compressing them if they are compressed; look whether something on the way changes the body.',
  ],
  DIGEST_REPRESENTATION: [
    400,
    '',
    'none',
    'RFC 9530 §3',
    'The body is not the one that Repr-Digest was computed over.',
    'In a request Repr-Digest is over the body as it is sent, with its content coding. Leave it out, or compute it anew.',
  ],
  DIGEST_IN_TRAILER: [
    400,
    '',
    'none',
    'RFC 9530 §6.4',
    'Digests and signatures are taken from the header section alone, and one came as a trailer field.',
    'Send Content-Digest, Repr-Digest, Signature and Signature-Input as header fields.',
  ],
})
