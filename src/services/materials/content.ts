/** What a file is instead of what was expected, and what is to be done. */
export interface Objection {
  readonly found: string
  readonly hint?: string
}

/** What a file holds, by the labels of its PEM (RFC 7468 §2): more often than a damaged file it is the wrong one. */
export function contentOf(text: string): string {
  if (text.trim() === '') return 'an empty file'
  if (isEncrypted(text)) return 'an encrypted key'
  const labels = new Set(labelsOf(text))
  return labels.size > 0 ? `a PEM file with ${[...labels].join(', ')}` : 'a file without PEM'
}

export function isPem(text: string): boolean {
  return labelsOf(text).length > 0
}

/** Whether there is a block with such a label. */
export function holds(text: string, label: RegExp): boolean {
  return labelsOf(text).some((each) => label.test(each))
}

/** Whether a private key in it needs a password, in either of the two ways that PEM has. */
export function isEncrypted(text: string): boolean {
  return holds(text, /^ENCRYPTED PRIVATE KEY$/) || LEGACY_ENCRYPTION.test(text)
}

function labelsOf(text: string): string[] {
  return [...text.matchAll(LABEL)].map(([, label]) => label as string)
}

const LABEL = /-----BEGIN ([A-Z0-9 ]+)-----/g
/** RFC 1421 §4.6.1.1. */
const LEGACY_ENCRYPTION = /^Proc-Type: 4,ENCRYPTED/m
