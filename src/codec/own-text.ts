/**
 * The same text in memory of its own, in one piece; latin1 alone. What it was cut from can be forgotten, and it is quicker to work with:
 * V8 writes an object as JSON three times as fast where no text in it is a part of another or joined of several.
 */
export function ownText(text: string): string {
  if (text.length > SCRATCH.length) return Buffer.from(text, 'latin1').toString('latin1')
  return SCRATCH.toString('latin1', 0, SCRATCH.write(text, 'latin1'))
}

/** Octets. */
const SCRATCH = Buffer.alloc(4096)
