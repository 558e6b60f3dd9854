/** A request as whoever signed it saw it. `RequestFacts` is one. */
export interface RequestMessage {
  readonly method: string
  /** `https://api.bank.example`, in normal form. */
  readonly origin: string
  /** `host[:port]` in normal form: lower case, without the scheme's own port. */
  readonly authority: string
  /** As received; empty where there was none. */
  readonly path: string
  /** As received, without the `?`; null where there was none. */
  readonly query: string | null
  /** As received (RFC 9112 §3.2), or `:path`. */
  readonly requestTarget: string
  /** Flat: name, value, name, value; in the order in which they came. */
  readonly fields: readonly string[]
  /** The same of the trailers; left out where they are not known. */
  readonly trailers?: readonly string[]
}

export interface ResponseMessage {
  readonly status: number
  readonly fields: readonly string[]
  readonly trailers?: readonly string[]
}

/** What a signature base is made from. */
export interface SignedMessage {
  /** The request; beside a response the one that it answers (RFC 9421 §2.4), null where that is not known. */
  readonly request: RequestMessage | null
  /** Null: it is the request that is signed. */
  readonly response: ResponseMessage | null
  /** Values that were read before, by the identity of their component. */
  readonly known?: ReadonlyMap<string, string>
}
