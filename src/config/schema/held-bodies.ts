import { mapping, size } from './value.ts'

export const heldBodies = mapping({
  memory: size('1MiB', '64GiB')
    .prefault('256MiB')
    .describe(
      'Most memory for all of them together; a body that has no room is answered 503. A client has no more of it than it leaves for others, but one body in any case. Rules that only watch bodies get no more than half. They are held nowhere else than in memory.',
    ),
})
