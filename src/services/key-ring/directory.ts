/**
 * The address at which a directory has the keys of a client: the template with the id percent-encoded. Undefined where that
 * would lead elsewhere than the template does (an id such as `..`), or is absurdly long. The host is the template's.
 */
export function directoryUrl(template: string, clientId: string): string | undefined {
  if (clientId === '' || clientId.length > LONGEST || !clientId.isWellFormed()) return undefined
  const url = template.replace(CLIENT_ID, () => encodeURIComponent(clientId))
  // What the parser would change is not what the template says: it takes dot segments away.
  return URL.canParse(url) && new URL(url).href === url ? url : undefined
}

const CLIENT_ID = '{client_id}'
/** Characters. */
const LONGEST = 512
