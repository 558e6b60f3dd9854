import { readFileSync, unlinkSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

/** Loaded before a gateway that a test starts: it ends with its standard input, which ends with whoever started it. */
if (isMainThread) {
  process.stdin
    .on('end', () => process.exit(9))
    .resume()
    .unref()
}

/** A file by this name is a fault: the first thread that sees it takes it away and breaks, or is stuck or slow where it says so, or breaks once it was slow. */
const fault = process.env['HOLDFAST_TEST_FAULT']
if (!isMainThread && fault !== undefined) {
  setInterval(() => {
    let kind: string
    try {
      kind = readFileSync(fault, 'utf8')
      // It is there before it is written.
      if (kind === '') return
      // One thread alone can do this; `rmSync` lets two.
      unlinkSync(fault)
    } catch {
      return
    }
    while (kind === 'stuck') {}
    if (kind.startsWith('slow')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SLOW)
    if (kind === 'slow') return
    throw new Error('the fault of a test')
  }, 20).unref()
}

/** Milliseconds: longer than a gateway lets a thread alone before it asks whether that lives. */
const SLOW = 3_000
