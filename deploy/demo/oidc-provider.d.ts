/** oidc-provider ships no types; these are the parts of its version 9 that the demonstration touches. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export interface InteractionDetails {
    readonly params: Readonly<Record<string, string | undefined>>
  }

  export interface Grant {
    addResourceScope(resource: string, scope: string): void
    save(): Promise<string>
  }

  export class Provider {
    readonly Grant: new (owner: {
      accountId: string
      clientId: string
    }) => Grant
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>)
    callback(): (request: IncomingMessage, response: ServerResponse) => void
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<InteractionDetails>
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: { login: { accountId: string }; consent: { grantId: string } },
    ): Promise<void>
  }

  export namespace errors {
    class InvalidTarget extends Error {}
  }
}
