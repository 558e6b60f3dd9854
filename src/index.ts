/**
 * The library door: the pure floors, nothing else. They do no I/O, read no clock and never throw for what a client sent.
 * Each specification has a door of its own as well: `holdfast/dpop`, `holdfast/mtls` and so on.
 */
export * from './doors/access-token.ts'
export * from './doors/authority.ts'
export * from './doors/content-digest.ts'
export * from './doors/decision.ts'
export * from './doors/dpop.ts'
export * from './doors/jose.ts'
export * from './doors/message-signature.ts'
export * from './doors/mtls.ts'
export * from './doors/status-list.ts'
