import { notices } from '../../config/notices.ts'
import type { Fault, Notice } from '../../config/problem.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { Settings } from '../settings/settings.ts'
import { certificateFaults, certificateNotices } from './certificates.ts'
import { deadEndFaults, deadEndNotices } from './dead-ends.ts'
import { revocationListFaults, revocationListNotices } from './revocation-lists.ts'
import { turnFaults, turnNotices } from './signing-turns.ts'

/** What an operator should know of a configuration and its files: told by `--check`, at start and after a reload. */
export function settingsNotices(settings: Settings, now: UnixSeconds): readonly Notice[] {
  return [
    ...notices(settings.document),
    ...certificateNotices(settings, now),
    ...revocationListNotices(settings, now),
    ...deadEndNotices(settings),
    ...turnNotices(settings, now),
  ]
}

/** What of it `--check` refuses; at a start it is a notice, for a restart must not make of some requests that fail all of them. */
export function settingsFaults(settings: Settings, now: UnixSeconds): readonly Fault[] {
  return [
    ...certificateFaults(settings, now),
    ...revocationListFaults(settings, now),
    ...deadEndFaults(settings),
    ...turnFaults(settings, now),
  ]
}
