import { readPath } from '../../codec/target-uri.ts'
import { httpsUrl } from './network.ts'
import { flag, mapping, parsed, text } from './value.ts'

export const resourceMetadata = mapping({
  publish: flag()
    .prefault(true)
    .describe(
      'Whether it is published at /.well-known/oauth-protected-resource and named in challenges; where routes differ in what they demand, their paths have their own below that.',
    ),
  signed: flag()
    .prefault(false)
    .describe(
      'Whether it comes signed as well, as `signed_metadata` (RFC 9728 §2.2); takes a key in `signing`.',
    ),
  resource_name: text('text', 'a text that is not empty').exactOptional().describe('Name for people.'),
  resource_documentation: httpsUrl.exactOptional().describe('Page for developers.'),
  resource_policy_uri: httpsUrl.exactOptional().describe('Page on what clients may do with the data.'),
  resource_tos_uri: httpsUrl.exactOptional().describe('Page with the terms of service.'),
})

/** A path of one resource, in the form that request paths are matched in. */
export const publicPath = parsed(
  'path',
  'a path such as /.well-known/jwks.json, without wildcards, parameters, empty or dot segments',
  /^\/[^*;]+$/,
  (given) => {
    const path = readPath(given)
    return typeof path === 'object' && !path.hasParameters ? path.normal : undefined
  },
)
