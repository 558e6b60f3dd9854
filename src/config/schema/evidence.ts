import { choice, duration, filePath, flag, mapping, size } from './value.ts'

export const evidence = mapping({
  directory: filePath.describe(
    'Where the files are written, for the owner alone; of one process. They hold whatever was signed: access tokens, and bodies where a route says so.',
  ),
  rotate_size: size('64KiB', '16GiB').prefault('64MiB').describe('Size after which the next file is begun.'),
  rotate_age: duration('1m', '576h').prefault('24h').describe('Age after which the next file is begun.'),
  sync_interval: duration('0ms', '10s')
    .prefault('20ms')
    .describe(
      'Time between two batches that are written and synced to the disk; what a crash can lose is what came since the last.',
    ),
  queue_size: size('64KiB', '1GiB')
    .prefault('8MiB')
    .describe('Most that may wait for the disk; beyond it requests are refused as if the disk were full.'),
  danger_continue_without: flag()
    .prefault(false)
    .describe(
      'Lets requests through whose evidence cannot be kept, instead of answering 503; their number is kept when there is room again.',
    ),
})

export const routeEvidence = choice('off', 'signatures', 'bodies')
  .prefault('off')
  .describe(
    'What is kept of each exchange in `evidence.directory`: who asked for what and what came of it, with every signature, DPoP proof and signed introspection answer, and the keys that verify them; with `bodies` the bodies as well.',
  )
