import { rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Settings } from './settings.ts'
import type { Stage } from './stage.ts'

/** Leaves the tokens and the DPoP key in files that only their owner may read, and answers commands that use them. */
export function preparePaste(settings: Settings, stage: Stage): string {
  const file = (name: string) => relative(settings.root, join(settings.output, name))
  const leave = (name: string, content: string) => {
    rmSync(join(settings.output, name), { force: true })
    writeFileSync(join(settings.output, name), content, { mode: 0o600 })
  }
  leave('dpop.token', `${stage.dpopToken}\n`)
  leave('mtls.token', `${stage.mtlsToken}\n`)
  leave('dpop-key.pem', stage.dpopKey.key.export({ type: 'pkcs8', format: 'pem' }) as string)

  const accounts = `${stage.api}/accounts`
  const payments = `${stage.api}/payments`
  const curl = 'curl -i --cacert certs/server-ca.pem'
  const token = `-H "Authorization: DPoP $(cat ${file('dpop.token')})"`
  const proof = (method: string, url: string) =>
    `npx holdfast proof --key ${file('dpop-key.pem')} --token-file ${file('dpop.token')} --method ${method} --url ${url}`
  const certificate = (name: string) => `--cert certs/${name}.pem --key certs/${name}-key.pem`

  return `Paste these in another terminal, in ${settings.root}. The tokens are good for an hour.

  # Alice's accounts, with a proof of possession
  ${curl} ${token} \\
    -H "DPoP: $(${proof('GET', accounts)})" \\
    ${accounts}

  # The same proof twice: the second is refused
  PROOF=$(${proof('GET', accounts)})
  ${curl} ${token} -H "DPoP: $PROOF" ${accounts}
  ${curl} ${token} -H "DPoP: $PROOF" ${accounts}

  # A payment
  ${curl} ${token} \\
    -H "DPoP: $(${proof('POST', payments)})" \\
    --json '{"from":"1","to":"DE02 1001 0010 0006 8201 01","amount":"12.50","currency":"EUR"}' ${payments}

  # The certificate-bound token with its own certificate, then with another client's
  ${curl} ${certificate('client-1')} -H "Authorization: Bearer $(cat ${file('mtls.token')})" ${accounts}
  ${curl} ${certificate('client-2')} -H "Authorization: Bearer $(cat ${file('mtls.token')})" ${accounts}

  # What it kept of the signed payments
  npx holdfast evidence verify ${file('evidence/*.jsonl')}

  # What the gateway counted
  curl -s http://127.0.0.1:${settings.admin.number}/metrics
`
}
