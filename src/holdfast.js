#!/usr/bin/env node
// The command. A checkout runs from source; the published package, where Node does not strip types, from dist.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const source = new URL('./main.ts', import.meta.url)
const isCheckout = existsSync(source)
const isOld = Number.parseInt(process.versions.node, 10) < 24
if (isOld) {
  complain(isCheckout ? toInstall() : `needs Node 24 or later; this is ${process.version}`)
} else if (isCheckout) await import(source).catch(notInstalled)
else await import(new URL('../dist/main.js', import.meta.url))

/** What is missing before `npm ci`, or after an update without it. */
function notInstalled(problem) {
  if (problem.code !== 'ERR_MODULE_NOT_FOUND') throw problem
  complain(toInstall())
}

function toInstall() {
  const folder = fileURLToPath(new URL('..', import.meta.url))
  const own = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))
  if (isOld && existsSync(own))
    return `needs Node 24 or later; this is ${process.version}. There is one here: ${own}, or \`npx holdfast\``
  return `run \`npm ci\` in ${folder} first; it brings the right Node (this is ${process.version}) and the packages`
}

function complain(sentence) {
  console.error(`holdfast: ${sentence}`)
  process.exitCode = 2
}
