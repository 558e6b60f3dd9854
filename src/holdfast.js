#!/usr/bin/env node
// The command. A checkout runs from source; the published package, where Node does not strip types, from dist.
import { existsSync } from 'node:fs'

const source = new URL('./main.ts', import.meta.url)
if (Number.parseInt(process.versions.node, 10) < 24) {
  console.error(`holdfast: needs Node 24 or later; this is ${process.version}`)
  process.exitCode = 2
} else await import(existsSync(source) ? source : new URL('../dist/main.js', import.meta.url))
