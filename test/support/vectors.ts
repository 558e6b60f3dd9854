import { readFileSync } from 'node:fs'

/** Reads a file of `test/vectors`; its shape is the reader's to state. */
export function vectors<Shape>(path: string): Shape {
  return JSON.parse(readFileSync(new URL(`../vectors/${path}`, import.meta.url), 'utf8')) as Shape
}
