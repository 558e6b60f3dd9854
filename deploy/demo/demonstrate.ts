import { generateKeyPairSync, KeyObject } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { randomDPoPKeyPair } from 'openid-client'
import { ATTACKS } from './attacks.ts'
import { type Attempt, type Outcome, tryOut } from './attempt.ts'
import { startAuthorizationServer } from './authorization-server.ts'
import { type Bank, startBank } from './bank.ts'
import { tryEvidence } from './evidence.ts'
import { startGateway } from './gateway.ts'
import { HONEST_STEPS, type Honest } from './honest.ts'
import { preparePaste } from './paste.ts'
import type { Settings } from './settings.ts'
import { SIGNED_STEPS } from './signatures.ts'
import { type DpopKey, type Stage, withNonce } from './stage.ts'
import { formatOutcome, formatTitle } from './table.ts'
import { openDpopTpp, openMtlsTpp } from './tpp.ts'
import type { Connection } from './wire.ts'

export interface Demonstration {
  /** Whether every line came out as it should. */
  readonly succeeded: boolean
  /** Commands to paste while everything is up; '' where there are no tokens for them. */
  readonly commands: string
}

/** Starts every part, drives them and prints the table. What must be closed in the end is given to `parts` as soon as
 *  it is open. */
export async function demonstrate(settings: Settings, parts: AsyncDisposableStack): Promise<Demonstration> {
  mkdirSync(settings.output, { recursive: true, mode: 0o700 })
  const clientKey = await generateKeyPair('ES256', { extractable: true })
  const dpopKey = await randomDPoPKeyPair('ES256', { extractable: true })

  const bank = await startBank(settings.bank)
  parts.defer(bank.close)
  const authorizationServer = await startAuthorizationServer({
    port: settings.authorizationServer,
    issuer: settings.issuer,
    certs: settings.certs,
    audience: settings.api,
    clientKey: await exportJWK(clientKey.publicKey),
  })
  parts.defer(authorizationServer.close)
  const evidence = join(settings.output, 'evidence')
  rmSync(evidence, { recursive: true, force: true })
  const gateway = await startGateway(settings)
  parts.defer(gateway.stop)
  await gateway.ready()
  const dpop = parts.adopt(await openDpopTpp(settings, clientKey.privateKey, dpopKey), (tpp) => tpp.close())
  const mtls = parts.adopt(await openMtlsTpp(settings), (tpp) => tpp.close())
  print(`Holdfast serves ${settings.api}, the authorization server ${settings.issuer}; log: ${gateway.log}\n`)

  print(formatTitle())
  const honest: Honest = { api: settings.api, dpop, mtls, tokens: { dpop: '', accounts: '', mtls: '' } }
  const outcomes = await tryAll(HONEST_STEPS, honest, bank, parts)
  let commands = ''
  // Without tokens there is nothing to steal; the attacks would only repeat what went wrong.
  if (outcomes.every((outcome) => outcome.amiss === '')) {
    const stage = await withNonce(stageOf(settings, honest.tokens, KeyObject.from(dpopKey.privateKey)))
    outcomes.push(...(await tryAll(ATTACKS, stage, bank, parts)))
    outcomes.push(...(await tryAll(SIGNED_STEPS, stage, bank, parts)))
    for (const outcome of await tryEvidence(evidence, SIGNED_STEPS.length)) {
      print(formatOutcome(outcome, process.stdout.isTTY))
      outcomes.push(outcome)
    }
    commands = preparePaste(settings, stage)
  }
  const failures = outcomes.filter((outcome) => outcome.amiss !== '').length
  print(
    failures === 0
      ? `\nAll ${outcomes.length} came out as they should.`
      : `\n${failures} of ${outcomes.length} did NOT come out as they should.`,
  )
  return { succeeded: failures === 0, commands }
}

async function tryAll<S>(
  attempts: readonly Attempt<S>[],
  stage: S,
  bank: Bank,
  parts: AsyncDisposableStack,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const attempt of attempts) {
    const outcome = await tryOut(attempt, stage, bank)
    // Interrupted: the parts are closing, and what fails now says nothing.
    if (parts.disposed) throw new Error('The demonstration was interrupted.')
    print(formatOutcome(outcome, process.stdout.isTTY))
    outcomes.push(outcome)
  }
  return outcomes
}

function stageOf(settings: Settings, tokens: Honest['tokens'], key: KeyObject): Stage {
  const read = (name: string) => readFileSync(join(settings.certs, name), 'utf8')
  const nobody: Connection = { port: settings.gateway.number, ca: read('server-ca.pem') }
  const as = (name: string): Connection => ({
    ...nobody,
    cert: read(`${name}.pem`),
    key: read(`${name}-key.pem`),
  })
  return {
    api: settings.api,
    certs: settings.certs,
    as: { nobody, client2: as('client-2'), revoked: as('revoked'), stranger: as('stranger') },
    dpopKey: dpopKeyOf(key),
    otherKey: dpopKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    dpopToken: tokens.dpop,
    accountsToken: tokens.accounts,
    mtlsToken: tokens.mtls,
  }
}

function dpopKeyOf(key: KeyObject): DpopKey {
  const { kty, crv, x, y } = key.export({ format: 'jwk' }) as Record<'kty' | 'crv' | 'x' | 'y', string>
  return { key, jwk: { kty, crv, x, y } }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
