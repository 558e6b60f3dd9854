/** Digest fields (RFC 9530): what a request says of its content, and whether that is so. */
export type { DigestAlgorithm, HeldBody } from '../domain/held-body.ts'
export { digestField, wantedAlgorithm } from '../verify/content-digest/answer.ts'
export { D as contentDigestDenials } from '../verify/content-digest/denials.ts'
export { type DigestMode, type ExpectedDigests, expectDigests } from '../verify/content-digest/expect.ts'
export { type ContentHasher, contentHasher } from '../verify/content-digest/hasher.ts'
export { matchDigests } from '../verify/content-digest/match.ts'
