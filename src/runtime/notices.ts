import { notices } from '../config/notices.ts'
import type { Notice } from '../config/problem.ts'
import type { UnixSeconds } from '../domain/check.ts'
import { certificateNotices } from './certificates.ts'
import type { Settings } from './settings.ts'

/** What an operator should know of a configuration and its files: told by `--check`, at start and after a reload. */
export function settingsNotices(settings: Settings, now: UnixSeconds): readonly Notice[] {
  return [...notices(settings.document), ...certificateNotices(settings, now)]
}
