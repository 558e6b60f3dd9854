import { count, duration, mapping } from './value.ts'

/** From when on a thread turns new requests away, so that those it has begun end. */
export const overload = mapping({
  delay: duration('50ms', '1m')
    .prefault('1s')
    .describe(
      'How far the event loop of a thread may be behind, and how long a request may wait to be judged; then it is answered 503 OVERLOADED. A reload does not count.',
    ),
  in_flight: count(1, 1_000_000)
    .prefault(5000)
    .describe(
      'Most requests under way at a time in one thread. No more than half of them may wait for a body that is held back, and an eighth for those of one client; what is more is answered 503 BODY_NO_ROOM. As many may wait for keys or for an answer of a server, and as many again, answered already, for one that only rules that watch want; an eighth because of one client certificate that is trusted, else of one address. Once a quarter of them is under way, one client has no more of the rest sent on to upstreams than it leaves for others.',
    ),
})
