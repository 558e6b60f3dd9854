import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launch } from '../../support/gateway.ts'
import { JobRig } from '../../support/job-rig.ts'
import { filesUnder } from '../../support/source.ts'

let rig: JobRig

beforeAll(async () => {
  rig = await JobRig.open()
})
afterAll(() => rig.close())

it.each(filesUnder('config/jobs'))('config/jobs/%s has neither a problem nor a notice', async (name) => {
  const file = rig.path(name)
  writeFileSync(file, rig.text(name))
  const { ended, stdout, stderr } = await launch(['--config', file, '--check'])
  expect([await ended, stderr(), stdout()]).toEqual([0, '', `${file}: the configuration is good\n`])
})
